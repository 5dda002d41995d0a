using System.Diagnostics;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Cli.Settings;

/// <summary>hunt settings set: the change, then the answers of the processes.</summary>
public static class SettingsChanging
{
    public static async Task<ExitCode> SetAsync(
        SettingsClient client, IReadOnlyList<string> assignments, string why, long? ifVersion, int waitSeconds, bool json, CancellationToken cancel)
    {
        var changed = await client.ChangeAsync(new ChangeSettings(Parse(assignments), why), ifVersion, cancel);
        return await ShowAsync(client, changed, waitSeconds, json, cancel);
    }

    public static async Task<ExitCode> RollBackAsync(
        SettingsClient client, long to, string why, int waitSeconds, bool json, CancellationToken cancel) =>
        await ShowAsync(client, await client.RollBackAsync(new RollBackSettings(to, why), cancel), waitSeconds, json, cancel);

    private static async Task<ExitCode> ShowAsync(SettingsClient client, SettingsChanged changed, int waitSeconds, bool json, CancellationToken cancel)
    {
        if (json)
        {
            SettingsReport.Print(changed, Wire.Default.SettingsChanged);
            return ExitCode.Ok;
        }
        if (changed.Items.Count == 0)
        {
            Screen.Line($"Nothing to change: version {changed.Version} has these values already.");
            return ExitCode.Ok;
        }
        Screen.Line($"version {changed.Version}: {string.Join(", ", changed.Items.Select(SettingsReport.Words))}");
        if (waitSeconds == 0) return ExitCode.Ok;
        var fleet = await AnswersAsync(client, changed.Version, TimeSpan.FromSeconds(waitSeconds), cancel);
        SettingsReport.Show(fleet, [.. changed.Items.Select(item => item.Key)]);
        return fleet.Receipts.Any(receipt => receipt.Version >= changed.Version && receipt.Status == ReceiptStatus.Refused) ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <exception cref="CommandFailed">not KEY=VALUE, a key twice, or one that is not in the schema</exception>
    public static Dictionary<string, SettingValue?> Parse(IReadOnlyList<string> assignments)
    {
        var changes = new Dictionary<string, SettingValue?>();
        foreach (var assignment in assignments)
        {
            var at = assignment.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new CommandFailed(ExitCode.Usage, $"'{assignment}' is not KEY=VALUE, such as lane.batchCap=64 or lane.pace@instance:processor-2=5ms.");
            var (key, text) = (assignment[..at].Trim(), assignment[(at + 1)..].Trim());
            var (bare, scope) = SettingsScope.Split(key, SettingsScope.Fleet);
            if (SettingsSchema.Find(bare) is not { } setting) throw new CommandFailed(ExitCode.Usage, SettingsSchema.Unknown(bare).Message);
            if (SettingsScope.Check(scope) is { } bad) throw new CommandFailed(ExitCode.Usage, bad.Message);
            SettingValue value = default;
            if (text != "default" && !setting.TryAccept(new SettingValue(text), out value, out var error)) throw new CommandFailed(ExitCode.Usage, error!.Message);
            if (!changes.TryAdd(key, text == "default" ? null : value)) throw new CommandFailed(ExitCode.Usage, $"{key} is given twice.");
        }
        return changes;
    }

    /// <summary>The receipts once everybody who is there has answered this version, or when the time is over.</summary>
    private static async Task<FleetReceipts> AnswersAsync(SettingsClient client, long version, TimeSpan limit, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var fleet = await client.ReceiptsAsync(cancel);
            var present = fleet.Receipts.Where(receipt => !receipt.IsAway(TimeProvider.System.GetUtcNow())).ToList();
            if (clock.Elapsed > limit || (present.Count > 0 && present.All(receipt => receipt.Version >= version))) return fleet;
            await Task.Delay(100, cancel);
        }
    }
}
