using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Processors.Views;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Recovery;

namespace TreasureHunt.Tests.Benchmarks.Soak;

/// <summary>What the size of the store costs: the same steps on the store that the soak has filled and on one that holds the hunts alone, in turn.</summary>
public sealed class LargeStorePart(BenchServers servers, SoakPlan plan, SoakWaves waves, TimeProvider time)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <param name="full">actions are added to it, and its analysts' tables are made anew</param>
    /// <param name="sent">books of the full store</param>
    public async Task<LargeStoreFigures> RunAsync(ArmDatabase full, SentBooks sent, CancellationToken cancel)
    {
        var (bytes, events) = (await full.BytesAsync(cancel), await full.EventsAsync(0, cancel));
        await using var empty = await servers.CopyAsync(cancel);
        var (emptyBytes, emptyEvents) = (await empty.BytesAsync(cancel), await empty.EventsAsync(0, cancel));
        var sentToEmpty = new SentBooks(plan);
        var rounds = new List<StoreRound>();
        Conservation? emptyBooks = null;
        for (var number = 1; number <= plan.Rounds; number++)
        {
            var (wave, old) = (plan.SoakWaves + 2 * (number - 1), waves.Old());
            StoreRun onEmpty;
            await using (var arm = await StartAsync(empty, cancel))
            {
                onEmpty = await RunAsync(arm, sentToEmpty, wave, old, cancel);
                emptyBooks = await sentToEmpty.CheckAsync(arm, servers.SeedEvents, cancel);
            }
            await using (var arm = await StartAsync(full, cancel)) rounds.Add(new StoreRound(onEmpty, await RunAsync(arm, sent, wave, old, cancel)));
            Screen.Note($"  round {number} of {plan.Rounds}: appends {onEmpty.PerSecond:#,0}/s to the empty store, {rounds[^1].Full.PerSecond:#,0}/s to the full one");
        }
        Conservation? fullBooks = null;
        var views = await DaemonFold.RunAsync(
            servers, full, time, async arm => fullBooks = await Screen.StepAsync($"count of {sent.Count:#,0} actions", () => sent.CheckAsync(arm, servers.SeedEvents, cancel)), cancel);
        var clock = Stopwatch.StartNew();
        var rebuilt = await ActionsTable.RebuildAsync(full.Data, cancel);
        views = views with { Rebuilt = rebuilt, RebuildSeconds = clock.Elapsed.TotalSeconds };
        Screen.Note($"  views rebuild: {rebuilt / clock.Elapsed.TotalSeconds:#,0} events/s");
        return new LargeStoreFigures(events, bytes, emptyEvents, emptyBytes, rounds, views, fullBooks!, emptyBooks!);
    }

    private Task<LanesArm> StartAsync(ArmDatabase database, CancellationToken cancel) => LanesArm.StartAsync(
        servers, BenchArms.Lanes, database.Lend(), ["TreasureHunt.Processors.dll"], [new("Hunt__Views", "false")], cancel);

    /// <summary>An arm that has just started gets an action of a hunt played long ago, then as many of new hunts as it takes.</summary>
    /// <param name="wave">its actions warm up, those of the next one are measured</param>
    private async Task<StoreRun> RunAsync(LanesArm arm, SentBooks books, int wave, AcceptedAction old, CancellationToken cancel)
    {
        books.Add(0, [old]);
        var asked = Stopwatch.GetTimestamp();
        await arm.AskAsync(old with { AcceptedAt = time.GetUtcNow() });
        var answered = Stopwatch.GetElapsedTime(asked);

        await LoopAsync(wave, plan.WarmUp);
        await arm.Database.CheckpointAsync(cancel);
        GC.Collect();
        await Task.Delay(Rest, time, cancel);
        var calibration = Calibration.Milliseconds();
        var workers = Workers.Of(servers, arm);
        var before = await Reading.TakeAsync(arm, workers, cancel);
        var times = await LoopAsync(wave + 1, plan.Appended);
        var cost = Cost.Between(before, await Reading.TakeAsync(arm, workers, cancel), plan.Appended);
        return new StoreRun(arm.Process.ReadyAfter.TotalMilliseconds, answered.TotalMilliseconds, times.PerSecond, cost, calibration);

        async Task<ClosedLoopTimes> LoopAsync(int of, int count)
        {
            var actions = waves.Of(of).Take(count);
            books.Add(of, actions);
            return await ClosedLoop.RunAsync(arm, actions, await arm.Database.LastEventAsync(cancel), 0, time, cancel); // counted from here: all of them would take long
        }
    }
}

/// <summary>One arm on one store.</summary>
/// <param name="ReadyMs">from the start of the processor until it is ready</param>
/// <param name="FirstMs">from the sending of an old hunt's action until its outcome is back, right after</param>
/// <param name="PerSecond">actions of new hunts, sent to stored</param>
/// <param name="CalibrationMs">fixed work, before</param>
public sealed record StoreRun(double ReadyMs, double FirstMs, double PerSecond, Cost Cost, double CalibrationMs);

public sealed record StoreRound(StoreRun Empty, StoreRun Full)
{
    /// <summary>Rate of the appends, of the empty store's.</summary>
    public double Ratio => Full.PerSecond / Empty.PerSecond;
}

/// <param name="Events">before the first round, the seed's too</param>
/// <param name="Books">of the full store, of the soak and of the rounds</param>
public sealed record LargeStoreFigures(
    long Events, long Bytes, long EmptyEvents, long EmptyBytes, IReadOnlyList<StoreRound> Rounds, ViewsFigures Views, Conservation Books, Conservation EmptyBooks)
{
    public bool Holds => Books.Holds && EmptyBooks.Holds && Views.Rows == Views.Events && Views.Rebuilt == Views.Events;
}
