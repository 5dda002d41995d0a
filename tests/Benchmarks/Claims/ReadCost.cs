using System.Diagnostics;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>What the snapshot costs an action: its reads, counted in the code, times the time of one.</summary>
public static class ReadCost
{
    /// <summary>
    /// Reads of LiveSettings.Current, those included that are made only sometimes. By a batch in the processor: the pace (Lanes, for Rounds), the lane's knobs
    /// (LaneWorker.WorkAsync), the version that its events name (BatchCommitter.DecideAsync), lane.concurrency (GroupCommit, for Grouped.Add). One more by the ingress's lane
    /// writer, the pace (LaneWriters), as if a batch were one envelope. The gate is told (LaneGate) and reads nothing.
    /// </summary>
    public const int PerBatch = 5;

    /// <summary>By each hunt that a batch touches, here counted as if each action were of another: checkpoint.every when it is committed, and before the next is decided ahead of it (LaneWorker).</summary>
    public const int PerAction = 2;

    private const int Reads = 200_000_000;

    /// <param name="actionsPerBatch">of a transaction: lanes that share one are counted as one batch</param>
    public static double PerActionNanoseconds(double nanoseconds, double actionsPerBatch) => nanoseconds * (PerAction + PerBatch / Math.Max(1, actionsPerBatch));

    /// <returns>of one read with its share of the loop; `hunt bench settings read` takes the loop off</returns>
    public static double Nanoseconds()
    {
        var live = new LiveSettings(SettingsSchema.Defaults);
        Sum(live, Reads / 100); // compiled
        var clock = Stopwatch.StartNew();
        var sum = Sum(live, Reads);
        var elapsed = clock.Elapsed;
        return sum == 0 ? throw new InvalidOperationException("The reads were not made.") : elapsed.TotalNanoseconds / Reads;
    }

    private static long Sum(LiveSettings live, int reads)
    {
        var sum = 0L;
        for (var i = 0; i < reads; i++) sum += live.Current.Lane.BatchCap;
        return sum;
    }
}
