using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Pipeline;

/// <summary>One run of one arm: warm-up, closed loop, open loops, and the count at the end. The same steps for all.</summary>
public sealed class ArmRun(BenchServers servers, PipelinePlan plan, DateTimeOffset listStart, TimeProvider time)
{
    /// <summary>Every run begins the same list of actions anew.</summary>
    private const int Seed = 20261122;

    /// <summary>Share of the arm's own closed-loop rate that an open loop runs at, and the most it can sustain.</summary>
    private const double MiddleLoad = 0.30, MostSustained = 0.80;

    private const double QuietRate = 200;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1), SettleLimit = TimeSpan.FromMinutes(2);

    public async Task<ArmResult> RunAsync(IArm arm, CancellationToken cancel)
    {
        var source = new ActionSource(plan.Hunts, Seed, listStart, servers.Seal, Enum.Parse<HuntMix>(plan.Mix, ignoreCase: true), oneHunt: arm.Name == BenchArms.OneHunt, teams: plan.Teams);
        var sent = new List<AcceptedAction>();
        var (count, warmUp) = plan.ActionsOf(arm.Name);
        await WarmUpAsync(arm, source, sent, warmUp, cancel);

        var actions = Take(count);
        await CalmAsync(arm, cancel);
        var calibration = Calibration.Milliseconds();
        var workers = Workers.Of(servers, arm);
        var before = await Reading.TakeAsync(arm, workers, cancel);
        var times = await ClosedLoop.RunAsync(arm, actions, servers.SeedEvents, sent.Count - actions.Length, time, cancel);
        var after = await Reading.TakeAsync(arm, workers, cancel);
        var viewsBehind = await arm.Database.ViewsBehindAsync(cancel);
        var resident = ProcessTree.ResidentBytes(arm.Process.Pid) / 1e6;
        var facts = (await Conservation.CheckAsync(arm, sent, servers.SeedEvents, cancel)).Facts;
        var factByPlace = await Conservation.FactByPlaceAsync(arm, servers.SeedEvents, sent.Count, cancel);
        Screen.Note($"  {arm.Name}: {times.PerSecond:#,0} actions/s");

        var open = new List<OpenLoopResult>();
        double[] rates = plan.Seconds > 0 ? [plan.Rate ?? times.PerSecond * MiddleLoad, QuietRate] : [];
        foreach (var rate in rates)
        {
            if (rate > times.PerSecond * MostSustained)
            {
                Screen.Note($"  {arm.Name}: {rate:#,0} actions/s are beyond it");
                continue;
            }
            await CalmAsync(arm, cancel);
            open.Add(await OpenLoop.RunAsync(arm, Take((int)Math.Ceiling(rate * plan.Seconds)), Arrivals.Of(plan.Arrivals, rate), time, cancel));
        }

        await SettleAsync(arm, cancel);
        var conservation = await Conservation.CheckAsync(arm, sent, servers.SeedEvents, cancel);
        if (!conservation.Holds) Screen.Note($"  {arm.Name}: NOT CONSERVED: {conservation}");
        return new ArmResult(
            arm.Name, calibration, times.PerSecond, times.AcceptedPerSecond, Cost.Between(before, after, actions.Length), resident, viewsBehind,
            facts, open, conservation) { FactByPlace = factByPlace };

        AcceptedAction[] Take(int count)
        {
            var taken = source.Take(count);
            sent.AddRange(taken);
            return taken;
        }
    }

    /// <summary>In two halves with a rest: what the runtime compiles anew in the background is in force before the clock runs.</summary>
    private async Task WarmUpAsync(IArm arm, ActionSource source, List<AcceptedAction> sent, int count, CancellationToken cancel)
    {
        for (var half = 0; half < 2; half++)
        {
            var actions = source.Take(count / 2);
            await ClosedLoop.RunAsync(arm, actions, servers.SeedEvents, sent.Count, time, cancel);
            sent.AddRange(actions);
            await Task.Delay(Rest, time, cancel);
        }
    }

    /// <summary>Nothing of the step before is still going on, and no full page images are due that only one arm would pay.</summary>
    private async Task CalmAsync(IArm arm, CancellationToken cancel)
    {
        await SettleAsync(arm, cancel);
        await arm.Database.CheckpointAsync(cancel);
        GC.Collect();
        await Task.Delay(Rest, time, cancel);
    }

    /// <summary>Ends when the views have caught up: an arm has nothing else to do in the background.</summary>
    private static async Task SettleAsync(IArm arm, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); await arm.Database.ViewsBehindAsync(cancel) is var behind and > 0; await Task.Delay(100, cancel))
            if (clock.Elapsed > SettleLimit) throw new CommandFailed(ExitCode.Failed, $"{arm.Name}: the views do not catch up, {behind} events are left. Its log says why.");
    }
}
