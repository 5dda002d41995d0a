using System.Globalization;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Cli.Settings;

/// <summary>Does every process work by what is desired, which of them do not, and how long did changes take to be in force everywhere?</summary>
public static class SettingsFleet
{
    public static async Task<ExitCode> ShowAsync(SettingsClient client, bool json, TimeProvider time, CancellationToken cancel)
    {
        var fleet = await client.FleetAsync(cancel);
        var stragglers = fleet.Instances.Where(instance => instance.Standing is not (Standing.InStep or Standing.Away)).ToList();
        if (json) SettingsReport.Print(fleet, Wire.Default.FleetView);
        else Show(fleet, stragglers, time.GetUtcNow());
        return stragglers.Count == 0 ? ExitCode.Ok : ExitCode.Different;
    }

    /// <summary>How long the last changes took to be in force everywhere, and who did not follow.</summary>
    public static async Task<ExitCode> ConvergenceAsync(SettingsClient client, int limit, bool json, CancellationToken cancel)
    {
        var convergence = await client.ConvergenceAsync(limit, cancel);
        if (json) SettingsReport.Print(convergence, Wire.Default.SettingsConvergence);
        else if (convergence.Versions.Count == 0) Screen.Line("Nothing was ever changed.");
        else Screen.Table(["version", "changed (UTC)", "in force everywhere after (ms)", "processes", "slowest", "refused", "no answer"], convergence.Versions.Select(version => new[]
        {
            $"{version.Version}", $"{version.Changed.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}", Ms(version.ElapsedMs), $"{version.Applied}", version.Slowest ?? "",
            string.Join(", ", version.Refused), string.Join(", ", version.Missing),
        }));
        return ExitCode.Ok;
    }

    private static void Show(FleetView fleet, List<FleetInstance> stragglers, DateTimeOffset now)
    {
        if (fleet.Instances.Count == 0)
        {
            Screen.Line("No process has answered yet.");
            return;
        }
        Screen.Table(
            ["instance", "service", "group", "desired", "in force", "standing", "desired -> effective", "took (ms)", "seen"],
            fleet.Instances.Select(instance => new[]
            {
                instance.Receipt.Instance, instance.Receipt.Service, instance.Receipt.Group ?? "", $"{fleet.Version}", $"{instance.Receipt.InForce}",
                Words(instance.Standing) + (instance.Receipt.Reason is { } reason ? $": {reason}" : ""),
                string.Join(", ", instance.Drift.Select(drift => $"{drift.Key}: {drift.Desired} -> {drift.Effective?.Text ?? "?"}")),
                Ms(instance.Receipt.ElapsedMs), Ago(now - (instance.Receipt.Seen ?? instance.Receipt.At)),
            }));
        Screen.Line(stragglers.Count == 0
            ? $"All {fleet.Instances.Count(instance => instance.Standing == Standing.InStep)} processes that are there work by version {fleet.Version}."
            : $"Not by version {fleet.Version}: {string.Join(", ", stragglers.Select(instance => instance.Receipt.Instance))}.");
        if (fleet.Converged is { Applied: > 0 } converged)
            Screen.Line($"Version {converged.Version} was in force in {converged.Applied} processes after {Ms(converged.ElapsedMs)} ms, last in {converged.Slowest}.");
    }

    private static string Words(Standing standing) => standing switch
    {
        Standing.InStep => "in step",
        Standing.Drifting => "DRIFTING",
        Standing.Behind => "BEHIND",
        Standing.Refused => "REFUSED",
        _ => "away",
    };

    private static string Ms(double milliseconds) => milliseconds.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Ago(TimeSpan ago) => ago.TotalSeconds < 60 ? $"{Math.Max(0, ago.TotalSeconds):0} s ago" : ago.TotalHours < 1 ? $"{ago.TotalMinutes:0} min ago" : $"{ago.TotalHours:0} h ago";
}
