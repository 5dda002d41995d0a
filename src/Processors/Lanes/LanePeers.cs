using System.Collections.Concurrent;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Processors.Lanes;

/// <summary>What the other processors last said of themselves. Thread-safe.</summary>
public sealed class LanePeers(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (LaneReport Report, long Heard)> _latest = new(StringComparer.Ordinal);

    public void Hear(LaneReport report)
    {
        _latest[report.Instance] = (report, time.GetTimestamp());
        foreach (var (instance, last) in _latest)
            if (IsGone(last.Heard)) _latest.TryRemove(instance, out _);
    }

    /// <summary>A processor's last report and when it was heard, a timestamp; null: it is not there.</summary>
    public (LaneReport Report, long Heard)? Of(string instance) =>
        _latest.TryGetValue(instance, out var last) && !IsGone(last.Heard) ? last : null;

    /// <summary>Does any but this processor get the lane when it is given up?</summary>
    public bool AnyWaitsFor(int lane, string but)
    {
        foreach (var (instance, last) in _latest) // a processor hears itself, too
            if (instance != but && !IsGone(last.Heard) && last.Report.Stage != LaneStage.Leaving && last.Report.Lanes.Any(state => state.Lane == lane && state.Subscribed)) return true;
        return false;
    }

    private bool IsGone(long heard) => time.GetElapsedTime(heard) > LaneReport.GoneAfter;
}
