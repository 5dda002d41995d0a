using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.ConfigService.Lanes;

/// <summary>A processor's last report.</summary>
/// <param name="Age">since it was heard</param>
public sealed record HeardReport(LaneReport Report, TimeSpan Age);

/// <summary>Which processors are there: what each of them said last, until it expires. Thread-safe.</summary>
public sealed class LanePresence(TimeProvider time)
{
    /// <summary>A fleet has fewer; further instances are not taken up.</summary>
    public const int MaxProcessors = LanePlan.MaxProcessors;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (LaneReport Report, long Heard)> _latest = new(StringComparer.Ordinal);

    public void Hear(LaneReport report)
    {
        lock (_lock)
        {
            if (_latest.Count < MaxProcessors || _latest.ContainsKey(report.Instance)) _latest[report.Instance] = (report, time.GetTimestamp());
        }
    }

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<HeardReport> Reports()
    {
        lock (_lock)
        {
            foreach (var (instance, last) in _latest)
                if (time.GetElapsedTime(last.Heard) > LaneReport.GoneAfter) _latest.Remove(instance);
            return [.. _latest.Values.Select(last => new HeardReport(last.Report, time.GetElapsedTime(last.Heard))).OrderBy(heard => heard.Report.Instance, StringComparer.Ordinal)];
        }
    }
}
