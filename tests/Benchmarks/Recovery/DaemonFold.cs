using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Processors.Views;
using TreasureHunt.Tests.Benchmarks.Arms;

namespace TreasureHunt.Tests.Benchmarks.Recovery;

/// <summary>The analysts' tables from nothing, by the daemon of a processor that has nothing else to do.</summary>
public static class DaemonFold
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100), Stalled = TimeSpan.FromMinutes(30); // what it folds at once shows when all of it is stored

    /// <param name="then">with the processor still running</param>
    public static async Task<ViewsFigures> RunAsync(BenchServers servers, ArmDatabase full, TimeProvider time, Func<LanesArm, Task> then, CancellationToken cancel)
    {
        await ArmDatabase.ExecuteAsync(
            full.Data, $"truncate analysis.actions; delete from hunts.mt_event_progression where name = '{AnalysisStore.Shard}'", cancel);
        var last = await full.LastEventAsync(cancel);
        var clock = Stopwatch.StartNew();
        await using var arm = await LanesArm.StartAsync(servers, BenchArms.Lanes, full.Lend(), ["TreasureHunt.Processors.dll"], [new("Hunt__Views", "true")], cancel);
        var (folded, since) = (0L, clock.Elapsed);
        for (; folded < last && clock.Elapsed - since < Stalled; await Task.Delay(Look, time, cancel))
            if (await full.FoldedToAsync(cancel) is var now && now > folded) (folded, since) = (now, clock.Elapsed);
        var seconds = since.TotalSeconds;
        if (folded < last) Screen.Note($"  NOT FOLDED: the views stand at event {folded:#,0} of {last:#,0}. The end of the processor's log:\n{arm.Process.LastLines}");
        var views = new ViewsFigures(await full.EventsAsync(0, cancel), await full.ViewRowsAsync(cancel), seconds, await full.BytesAsync(cancel));
        Screen.Note($"  views: {views.PerSecond:#,0} events/s");
        await then(arm);
        return views;
    }
}

/// <param name="Events">stored, the seed's too</param>
/// <param name="Rows">of analysis.actions: must be as many</param>
/// <param name="Seconds">from the start of the processor until all were folded, or until the daemon came to a stop</param>
/// <param name="StoreBytes">afterwards, the tables included</param>
/// <param name="Rebuilt">events that `hunt views rebuild` folded then; 0: it was not run</param>
public sealed record ViewsFigures(long Events, long Rows, double Seconds, long StoreBytes, long Rebuilt = 0, double RebuildSeconds = 0)
{
    public double PerSecond => Rows / Seconds;
}
