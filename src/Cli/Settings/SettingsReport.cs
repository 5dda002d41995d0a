using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Cli.Settings;

/// <summary>What is asked and shown without changing anything.</summary>
public static class SettingsReport
{
    public static async Task<ExitCode> GetAsync(SettingsClient client, string? key, bool json, CancellationToken cancel)
    {
        if (key is not null && SettingsSchema.Find(key) is null) throw new CommandFailed(ExitCode.Usage, SettingsSchema.Unknown(key).Message);
        var view = await client.GetAsync(cancel);
        if (json) Print(view, Wire.Default.SettingsView);
        else if (key is null) Show(view);
        else Show(view, SettingsSchema.Find(key)!);
        return ExitCode.Ok;
    }

    public static async Task<ExitCode> HistoryAsync(SettingsClient client, int limit, bool json, CancellationToken cancel)
    {
        var history = await client.HistoryAsync(limit, cancel);
        if (json) Print(history, Wire.Default.SettingsHistory);
        else if (history.Changes.Count == 0) Screen.Line("Nothing was ever changed: every setting has its default.");
        else
        {
            Screen.Table(["version", "when (UTC)", "who", "what", "why", "notes"], history.Changes.SelectMany(change => change.Items.Select((item, i) => i == 0
                ? new[] { $"{change.Version}", $"{change.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}", change.Who, Words(item), change.Why, SettingsProposals.Notes(change) }
                : ["", "", "", Words(item), "", ""])));
        }
        return ExitCode.Ok;
    }

    public static async Task<ExitCode> ReceiptsAsync(SettingsClient client, bool json, CancellationToken cancel)
    {
        var fleet = await client.ReceiptsAsync(cancel);
        if (json) Print(fleet, Wire.Default.FleetReceipts);
        else Show(fleet, null);
        return ExitCode.Ok;
    }

    /// <param name="keys">the settings whose effective values are of interest; null: none</param>
    public static void Show(FleetReceipts fleet, IReadOnlyList<string>? keys)
    {
        if (fleet.Receipts.Count == 0)
        {
            Screen.Line("No process has answered yet.");
            return;
        }
        Screen.Table(
            ["instance", "service", "desired", "in force", "answer", "took (ms)", "answered (UTC)", .. keys ?? []],
            fleet.Receipts.Select(receipt => new[]
            {
                receipt.Instance, receipt.Service, $"{fleet.Version}", $"{receipt.InForce}",
                receipt.Version < fleet.Version ? $"none yet to {fleet.Version}" : receipt.Status == ReceiptStatus.Applied ? "applied" : $"refused: {receipt.Reason}",
                receipt.ElapsedMs.ToString("0.0", CultureInfo.InvariantCulture), $"{receipt.At.UtcDateTime:HH:mm:ss.fff}",
            }.Concat((keys ?? []).Select(key => receipt.Effective.TryGetValue(key, out var value) ? value.Text : "?")).ToArray()));
    }

    public static string Words(SettingItem item) =>
        $"{item.Key}: {item.Previous?.Text ?? "unset"} -> {item.Value?.Text ?? "default"}{(item.Scope == SettingsScope.Fleet ? "" : $" ({item.Scope})")}";

    public static void Print<T>(T value, JsonTypeInfo<T> type) => Screen.Json(JsonSerializer.SerializeToElement(value, type));

    public static void Show(SettingsView view)
    {
        Screen.Line($"version {view.Version}");
        Screen.Table(["setting", "value", "default", "acceptable", "comes into force"], SettingsSchema.All.Select(setting =>
        {
            var value = view.Values.Find(SettingsScope.Fleet, setting.Key) ?? setting.Default;
            return new[] { setting.Key, value.Text + (value == setting.Default ? "" : " *"), setting.Default.Text, setting.Range, Words(setting.Apply) };
        }));
        var narrower = view.Values.All().Where(entry => entry.Scope != SettingsScope.Fleet).Select(entry => new[] { entry.Key, entry.Scope, entry.Value.Text }).ToList();
        if (narrower.Count > 0) Screen.Table(["for some only", "scope", "value"], narrower);
        Screen.Line("* changed. One setting explained: ./hunt settings get KEY");
    }

    private static void Show(SettingsView view, Setting setting)
    {
        var value = view.Values.Find(SettingsScope.Fleet, setting.Key) ?? setting.Default;
        Screen.Line($"{setting.Key} = {value}{(value == setting.Default ? "" : $" (default {setting.Default})")}");
        Screen.Line($"  {setting.Summary}{(setting.Dangerous ? " Dangerous: a wrong value can stop the engine." : "")}");
        Screen.Line($"  acceptable:       {setting.Range}");
        Screen.Line($"  cost:             {setting.Cost}");
        Screen.Line($"  shown by metric:  {setting.Metric}");
        Screen.Line($"  comes into force: {Words(setting.Apply)}");
    }

    public static string Words(SettingApply apply) => apply switch
    {
        SettingApply.HandOver => "at once, by consumer hand-over",
        SettingApply.ReOpen => "lane by lane, by re-opening",
        _ => "at once",
    };
}
