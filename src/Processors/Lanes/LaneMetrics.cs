using System.Diagnostics.Metrics;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Processors.Lanes;

/// <summary>Counters of all lanes of this process. Thread-safe.</summary>
public sealed class LaneMetrics
{
    private static readonly Meter Meter = new("TreasureHunt");
    private static readonly Counter<long> Actions = Meter.CreateCounter<long>("hunt.actions.committed", "{action}");
    private static readonly Counter<long> Commits = Meter.CreateCounter<long>("hunt.commits", "{commit}", "Transactions stored; lanes share them.");
    private static readonly Counter<long> Parked = Meter.CreateCounter<long>("hunt.actions.parked", "{action}");
    private static readonly Counter<long> Repeated = Meter.CreateCounter<long>("hunt.actions.repeated", "{action}");
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("hunt.batches.retried", "{batch}");
    private static readonly Counter<long> Moves = Meter.CreateCounter<long>("hunt.lanes.moved", "{move}", "Lanes given up to their planned owner.");
    private static readonly Histogram<double> Reopening = Meter.CreateHistogram<double>("hunt.lanes.reopened", "ms", "From the beginning of giving a lane up until it is subscribed to again.");
    private static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>("hunt.batch.size", "{action}");
    private static readonly Histogram<double> BatchTime = Meter.CreateHistogram<double>("hunt.batch.duration", "ms");

    private static readonly Counter<long> Checkpoints = Meter.CreateCounter<long>("hunt.checkpoints.written", "{checkpoint}");

    private readonly long[] _byLane = new long[LanePlan.MaxLanes];
    private readonly LaneReopening[] _reopened = [.. Enumerable.Repeat(new LaneReopening(0, 0), LanePlan.MaxLanes)];
    private long _committed, _commits, _retried, _repeated, _parked;

    public LaneTotals Totals => new(
        Interlocked.Read(ref _committed), Interlocked.Read(ref _commits), Interlocked.Read(ref _retried), Interlocked.Read(ref _repeated),
        Interlocked.Read(ref _parked));

    /// <summary>Actions committed on a lane since the process started.</summary>
    public long CommittedOn(int lane) => Interlocked.Read(ref _byLane[lane]);

    public void Committed(int lane, DecidedBatch batch, TimeSpan took)
    {
        int decided = 0, repeated = 0;
        foreach (var verdict in batch.Verdicts)
        {
            if (verdict.Kind == VerdictKind.Decided) decided++;
            else if (verdict.Kind == VerdictKind.Repeated) repeated++;
        }
        var tag = new KeyValuePair<string, object?>("lane", lane);
        Actions.Add(decided, tag);
        Repeated.Add(repeated, tag);
        Parked.Add(batch.Writes.Parked.Count, tag);
        BatchSize.Record(batch.Verdicts.Count, tag);
        BatchTime.Record(took.TotalMilliseconds, tag);
        Interlocked.Add(ref _committed, decided);
        Interlocked.Add(ref _byLane[lane], decided);
        Interlocked.Add(ref _repeated, repeated);
        Interlocked.Add(ref _parked, batch.Writes.Parked.Count);
    }

    public void Commit()
    {
        Commits.Add(1);
        Interlocked.Increment(ref _commits);
    }

    /// <summary>Gauges of what the lanes of this process do right now.</summary>
    public static void Watch(GroupCommit commits, Func<IReadOnlyList<LaneWorker>> workers)
    {
        Meter.CreateObservableGauge("hunt.commits.under_way", () => commits.UnderWay, "{commit}");
        Meter.CreateObservableGauge("hunt.lanes.standing_still", () => workers().Select(worker => worker.Lane.StandsStillFor.TotalSeconds).DefaultIfEmpty().Max(), "s", "For so long a lane has had something in hand of which nothing got done.");
        Meter.CreateObservableGauge("hunt.lanes.in_hand", () => workers().Sum(worker => worker.Lane.InHand), "{envelope}");
    }

    public static void Checkpointed() => Checkpoints.Add(1);

    public void Moved(int lane) => Moves.Add(1, new KeyValuePair<string, object?>("lane", lane));

    public void Reopened(int lane, TimeSpan took)
    {
        Reopening.Record(took.TotalMilliseconds, new KeyValuePair<string, object?>("lane", lane));
        Volatile.Write(ref _reopened[lane], new LaneReopening(_reopened[lane].Times + 1, took.TotalMilliseconds)); // a lane is re-opened once at a time
    }

    public LaneReopening ReopeningOf(int lane) => Volatile.Read(ref _reopened[lane]);

    public void Retried(int lane)
    {
        Retries.Add(1, new KeyValuePair<string, object?>("lane", lane));
        Interlocked.Increment(ref _retried);
    }
}

/// <summary>Since the process started.</summary>
/// <param name="Committed">actions</param>
/// <param name="Commits">transactions</param>
public sealed record LaneTotals(long Committed, long Commits, long Retried, long Repeated, long Parked);

/// <summary>How often a lane was given up and taken up anew since the process started, and how long that took the last time.</summary>
public sealed record LaneReopening(int Times, double LastMs);
