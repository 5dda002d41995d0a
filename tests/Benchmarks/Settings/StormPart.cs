using System.Diagnostics;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Settings.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>A storm of changes: coalesced, the last value wins, actions hardly notice.</summary>
public static class StormPart
{
    private const int PerSecond = 1_000, ActionsPerSecond = 500, Callers = 32;

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, DateTimeOffset at, TimeProvider time, CancellationToken cancel)
    {
        var (pairs, length) = brief ? (1, TimeSpan.FromSeconds(3)) : (5, TimeSpan.FromSeconds(15));
        await using var arm = await LoadedArm.StartAsync(servers, brief ? 1_000 : 20_000, at, time, cancel);
        var ratios = new List<double>();
        var rates = new List<double>();
        var applied = new List<double>();
        var lastWins = true;
        for (var pair = 0; pair < pairs; pair++)
        {
            var quiet = await arm.OpenAsync(ActionsPerSecond, length, cancel);
            var before = (await arm.Config.Operator.GetAsync(cancel)).Version;
            var storm = await LoadPart.WhileAsync(done => BlowAsync(arm, done, cancel), () => arm.OpenAsync(ActionsPerSecond, length, cancel), cancel);
            var view = await arm.Config.Operator.GetAsync(cancel);
            var fleet = await arm.Config.InStepAsync(2, cancel);
            var wanted = view.Values.Find(SettingsScope.Fleet, "checkpoint.every");
            lastWins &= fleet.Instances.All(instance => instance.Receipt.Effective["checkpoint.every"] == wanted);
            var receipts = await arm.Config.SettledAsync(before, view.Version, cancel);
            rates.Add((view.Version - before) / length.TotalSeconds);
            applied.Add(receipts.Select(version => version.At).Distinct().Count() / length.TotalSeconds);
            ratios.Add(storm.Latency.P99 / quiet.Latency.P99);
            Screen.Note($"  p99 {Number(quiet.Latency.P99)} ms, {Number(storm.Latency.P99)} ms in the storm of {rates[^1]:#,0} changes/s");
        }
        var books = await arm.CheckAsync(cancel);
        var ratio = Spread.Of(ratios);
        var rate = Spread.Of(rates);
        return new PartResult(
            "storm", $"{ActionsPerSecond} actions/s on a schedule, {pairs} pairs of {length.TotalSeconds:0} s without and with {Callers} operators who change checkpoint.every as fast as {PerSecond}/s. Books: {books}.",
            [
                new Finding("C4", "changes taken, stored and announced", $"{PerSecond}/s", $"{Number(rate.Median)}/s ({Number(rate.Least)} to {Number(rate.Most)})", rate.Median >= 0.95 * PerSecond),
                new Finding("C4", "versions brought into force one by one in the slowest process; the others were coalesced", "", $"{Number(Spread.Of(applied).Median)}/s"),
                new Finding("C4", "the last value holds everywhere after each storm", "always", lastWins ? "always" : "NOT always", lastWins),
                new Finding("C4", "p99 of actions in the storm", "<= +10 %", $"{Percent(ratio.Median - 1)} ({Percent(ratio.Least - 1)} to {Percent(ratio.Most - 1)})", ratio.Median <= 1.10),
            ]);
    }

    /// <summary>Changes on a schedule, by many operators at once.</summary>
    private static async Task BlowAsync(LoadedArm arm, CancellationToken done, CancellationToken cancel)
    {
        var next = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            while (!done.IsCancellationRequested)
            {
                var number = Interlocked.Increment(ref next);
                var due = TimeSpan.FromSeconds(number / (double)PerSecond) - clock.Elapsed;
                if (due > TimeSpan.Zero) await Task.Delay(due, CancellationToken.None);
                await arm.SetAsync("checkpoint.every", SettingValue.Of(5_000 + number % 5_000), cancel);
            }
        }));
    }
}
