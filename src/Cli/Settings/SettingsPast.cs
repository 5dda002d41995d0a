using System.Runtime.CompilerServices;
using System.Text.Json;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Cli.Settings;

/// <summary>What the settings were, what changed between two moments, and why a value is what it is.</summary>
public static class SettingsPast
{
    private const int Page = 200;

    /// <summary>Of one request: less than what the client gives any.</summary>
    private const int WatchSeconds = 10;

    public static async Task<ExitCode> AtAsync(SettingsClient client, string moment, bool json, CancellationToken cancel)
    {
        var view = await client.GetAsync(moment, cancel);
        if (json) SettingsReport.Print(view, Wire.Default.SettingsView);
        else SettingsReport.Show(view);
        return ExitCode.Ok;
    }

    public static async Task<ExitCode> DiffAsync(SettingsClient client, string from, string? to, bool json, CancellationToken cancel)
    {
        var diff = await client.DiffAsync(from, to, cancel);
        if (json) SettingsReport.Print(diff, Wire.Default.SettingsDiff);
        else if (diff.Items.Count == 0) Screen.Line($"Versions {diff.From} and {diff.To} have the same values.");
        else Screen.Table(["setting", "scope", $"version {diff.From}", $"version {diff.To}"], diff.Items.Select(item =>
            new[] { item.Key, item.Scope, item.Previous?.Text ?? "-", item.Value?.Text ?? "-" }));
        return ExitCode.Ok;
    }

    /// <param name="instance">null: the fleet's value</param>
    public static async Task<ExitCode> WhyAsync(SettingsClient client, string key, string? instance, bool json, CancellationToken cancel)
    {
        var why = await client.WhyAsync(key, await SubjectAsync(client, instance, cancel), cancel);
        if (json)
        {
            SettingsReport.Print(why, Wire.Default.SettingWhy);
            return ExitCode.Ok;
        }
        Screen.Line($"{why.Key} = {why.Value}{(instance is null ? "" : $" for {instance}")}");
        if (why.Sources.Count > 0)
            Screen.Table(["scope", "value", "version", "when (UTC)", "who", "why"], why.Sources.Select((source, i) => new[]
            {
                source.Scope, source.Value.Text + (i == 0 ? "  <- holds" : ""), $"{source.Version?.ToString() ?? "0"}", $"{source.At?.UtcDateTime:yyyy-MM-dd HH:mm:ss}",
                source.Who ?? "", (source.Why ?? "the default") + (source.Until is { } until ? $"; until {SettingsProposals.Time(until)}" : "")
                    + (source.ApprovedBy is { } by ? $"; approved by {by}" : "") + (source.BreakGlass is { } glass ? $"; BREAK-GLASS: {glass}" : ""),
            }));
        return ExitCode.Ok;
    }

    /// <summary>The history once more, change by change, as fast as asked.</summary>
    /// <param name="speed">times as fast as it was; 0: without pauses</param>
    /// <param name="longest">pause between two changes</param>
    public static async Task<ExitCode> ReplayAsync(SettingsClient client, long from, double speed, TimeSpan longest, bool json, TimeProvider time, CancellationToken cancel)
    {
        SettingsChange? before = null;
        for (var after = from; ;)
        {
            var history = await client.HistoryAfterAsync(after, Page, cancel);
            if (history.Changes.Count == 0) return ExitCode.Ok;
            foreach (var change in history.Changes)
            {
                if (before is not null) await Task.Delay(Pause(change.At - before.At, speed, longest), time, cancel);
                Tell(change, json);
                before = change;
            }
            after = history.Changes[^1].Version;
        }
    }

    /// <summary>Changes as they come, until interrupted.</summary>
    public static async Task<ExitCode> WatchAsync(SettingsClient client, bool json, CancellationToken cancel)
    {
        var seen = (await client.GetAsync(cancel)).Version;
        Screen.Note($"watching from version {seen}; Ctrl-C ends it");
        await foreach (var change in ChangesAsync(client, seen, cancel)) Tell(change, json);
        return ExitCode.Ok;
    }

    /// <summary>Every change after a version, each once and in order, as they come; ends only by cancelling.</summary>
    public static async IAsyncEnumerable<SettingsChange> ChangesAsync(
        SettingsClient client, long after, [EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            foreach (var change in (await client.HistoryAfterAsync(after, Page, cancel, WatchSeconds)).Changes)
            {
                yield return change;
                after = change.Version;
            }
        }
    }

    private static void Tell(SettingsChange change, bool json) => Screen.Line(json
        ? JsonSerializer.Serialize(change, Wire.Default.SettingsChange)
        : $"{change.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}  version {change.Version}  {change.Who}: {string.Join(", ", change.Items.Select(SettingsReport.Words))}  ({change.Why}){(SettingsProposals.Notes(change) is { Length: > 0 } notes ? $"  [{notes}]" : "")}");

    /// <summary>What a replay waits between two changes. A clock that was set back between them makes none.</summary>
    /// <param name="speed">times as fast as it was; 0: without pauses</param>
    public static TimeSpan Pause(TimeSpan between, double speed, TimeSpan longest) =>
        speed == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Clamp(between.TotalSeconds / speed, 0, longest.TotalSeconds));

    private static async Task<SettingsSubject> SubjectAsync(SettingsClient client, string? instance, CancellationToken cancel)
    {
        if (instance is null) return new SettingsSubject("none", "none");
        var fleet = await client.ReceiptsAsync(cancel);
        var receipt = fleet.Receipts.FirstOrDefault(receipt => receipt.Instance == instance)
            ?? throw new CommandFailed(ExitCode.Usage, Spelling.Nearest(instance, fleet.Receipts.Select(known => known.Instance)) is { } near
                ? $"No instance '{instance}' has ever answered. Did you mean {near}?"
                : $"No instance '{instance}' has ever answered. See ./hunt settings receipts.");
        return new SettingsSubject(receipt.Service, receipt.Instance, receipt.Group);
    }
}
