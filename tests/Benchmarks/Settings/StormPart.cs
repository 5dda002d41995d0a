using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>A storm of changes: coalesced, the last value wins, actions hardly notice.</summary>
public static class StormPart
{
    /// <summary>Until the operators' process is warm.</summary>
    private static readonly TimeSpan Rising = TimeSpan.FromSeconds(3);

    /// <summary>Actions per second beside it: some, and as many as leave the two cores little room.</summary>
    private static readonly int[] Rates = [200, 500];

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, DateTimeOffset at, TimeProvider time, CancellationToken cancel)
    {
        var (pairs, length) = brief ? (1, TimeSpan.FromSeconds(3)) : (5, TimeSpan.FromSeconds(12));
        await using var arm = await LoadedArm.StartAsync(servers, brief ? 1_000 : 20_000, at, time, cancel);
        var findings = new List<Finding>();
        var lastWins = true;
        foreach (var actions in Rates)
        {
            var (ratios, taken, applied) = (new List<double>(), new List<double>(), new List<double>());
            for (var pair = 0; pair < pairs; pair++)
            {
                var quiet = await arm.OpenAsync(actions, length, cancel);
                long before, after;
                OpenLoopResult storm;
                await using (Operators.Start(arm.Config, servers.Box.Logs))
                {
                    await Task.Delay(Rising, time, cancel);
                    before = (await arm.Config.Operator.GetAsync(cancel)).Version;
                    storm = await arm.OpenAsync(actions, length, cancel);
                    after = (await arm.Config.Operator.GetAsync(cancel)).Version;
                }
                var last = await arm.Config.Operator.GetAsync(cancel);
                var fleet = await arm.Config.InStepAsync(2, cancel);
                var wanted = last.Values.Find(SettingsScope.Fleet, Operators.Changed);
                lastWins &= fleet.Instances.All(instance => instance.Receipt.Effective[Operators.Changed] == wanted);
                var receipts = await arm.Config.SettledAsync(before, after, cancel);
                taken.Add((after - before) / length.TotalSeconds);
                applied.Add(taken[^1] * receipts.Select(version => version.At).Distinct().Count() / receipts.Count); // of the last thousand versions
                ratios.Add(storm.Latency.P99 / quiet.Latency.P99);
                Screen.Note($"  {actions} actions/s: p99 {Number(quiet.Latency.P99)} ms, {Number(storm.Latency.P99)} ms in the storm of {taken[^1]:#,0} changes/s");
            }
            var (ratio, rate) = (Spread.Of(ratios), Spread.Of(taken));
            findings.Add(new Finding("C4", $"beside {actions} actions/s: changes taken, stored and announced", $"{Operators.PerSecond}/s", $"{Number(rate.Median)}/s ({Number(rate.Least)} to {Number(rate.Most)})", rate.Median >= 0.95 * Operators.PerSecond));
            findings.Add(new Finding("C4", "versions brought into force one by one in the slowest process; the others were coalesced", "", $"{Number(Spread.Of(applied).Median)}/s"));
            findings.Add(new Finding("C4", "p99 of the actions in the storm", "<= +10 %", $"{Percent(ratio.Median - 1)} ({Percent(ratio.Least - 1)} to {Percent(ratio.Most - 1)})", ratio.Median <= 1.10));
        }
        var books = await arm.CheckAsync(cancel);
        findings.Add(new Finding("C4", "the last value holds everywhere after each storm", "always", lastWins ? "always" : "NOT always", lastWins));
        return new PartResult(
            "storm", $"Actions on a schedule, {pairs} pairs of {length.TotalSeconds:0} s without and with {Operators.Count} operators who change {Operators.Changed} as fast as {Operators.PerSecond}/s. Books: {books}.", findings);
    }
}
