using System.Diagnostics;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>What the snapshot costs an action: its reads, counted in the code, times the time of one.</summary>
public static class ReadCost
{
    /// <summary>
    /// Reads of LiveSettings.Current by a batch: the pace, the lane's knobs, the version that its events name (LaneWorker, BatchCommitter). Beside them one for each hunt it touches,
    /// for checkpoint.every; here counted as one for each action.
    /// </summary>
    public const int PerBatch = 3, PerAction = 1;

    private const int Reads = 200_000_000;

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
