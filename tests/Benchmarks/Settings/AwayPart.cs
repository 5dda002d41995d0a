using System.Diagnostics;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>C1: no central call on the path of an action. The same processor, with ConfigService running and killed, in turn.</summary>
public static class AwayPart
{
    /// <summary>Either way: one that is faster without it pays for its being there.</summary>
    private const double MostChange = 0.02;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, DateTimeOffset at, TimeProvider time, CancellationToken cancel)
    {
        var (pairs, actions) = brief ? (1, 5_000) : (10, 100_000);
        await using var arm = await LoadedArm.StartAsync(servers, brief ? 1_000 : 30_000, at, time, cancel);
        var ratios = new List<double>();
        var cpu = new List<double>();
        var ofIt = new List<double>();
        for (var pair = 0; pair < pairs; pair++)
        {
            // There, away, away, there, …: what drifts does so for both.
            var first = await RunAsync(away: pair % 2 == 1);
            var second = await RunAsync(away: pair % 2 == 0);
            var (there, away) = pair % 2 == 0 ? (first, second) : (second, first);
            ratios.Add(away.PerSecond / there.PerSecond);
            cpu.Add(away.CpuMicros / there.CpuMicros);
            Screen.Note($"  {there.PerSecond:#,0} actions/s, {away.PerSecond:#,0} without ConfigService");
        }
        var books = await arm.CheckAsync(cancel);
        var ratio = Spread.Of(ratios);
        var cost = Spread.Of(cpu);
        var own = Spread.Of(ofIt);
        return new PartResult(
            "away", $"{pairs} pairs of {actions} actions as fast as they go, ConfigService running and killed in turn, each {Settling.TotalSeconds:0} s before: {pairs * actions:#,0} actions without it. Books: {books}.",
            [
                new Finding("C1", $"throughput without ConfigService, {pairs * actions:#,0} actions", $"within {MostChange:0 %}, either way", $"{Percent(ratio.Median - 1)} ({Percent(ratio.Least - 1)} to {Percent(ratio.Most - 1)})", Math.Abs(ratio.Median - 1) <= MostChange, "Spring Cloud Bus: one central call per client and change; AppConfig: a local HTTP call per read"),
                new Finding("C1", "CPU per action without ConfigService", "", $"{Percent(cost.Median - 1)} ({Percent(cost.Least - 1)} to {Percent(cost.Most - 1)})"),
                new Finding("C1", "what ConfigService itself takes while it is there", "", $"{own.Median:0.0 %} of a core ({own.Least:0.0 %} to {own.Most:0.0 %})"),
            ]);

        async Task<(double PerSecond, double CpuMicros)> RunAsync(bool away)
        {
            if (away) await arm.Config.KillAsync();
            else if (!arm.Config.IsAlive) await arm.Config.StartAgainAsync(cancel);
            await Task.Delay(Settling, time, cancel); // in both: what starting costs is not what being there costs
            if (!away) await arm.Config.InStepAsync(2, cancel);
            var (clock, before) = (Stopwatch.StartNew(), away ? TimeSpan.Zero : ProcessTree.Cpu(arm.Config.Pid));
            var run = await arm.ClosedAsync(actions, cancel);
            if (!away) ofIt.Add((ProcessTree.Cpu(arm.Config.Pid) - before) / clock.Elapsed);
            return run;
        }
    }
}
