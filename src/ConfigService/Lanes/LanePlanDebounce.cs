using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.ConfigService.Lanes;

/// <summary>
/// Believes who is there only when it has been so for a moment: several who come or go together make one plan. After hearing
/// nobody at all (a start, a lost broker) it listens as long as it takes to call anybody gone. One task's own.
/// </summary>
public sealed class LanePlanDebounce
{
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    private IReadOnlyList<LaneProcessor> _seen = [];
    private TimeSpan _since;
    private TimeSpan? _hearing;

    /// <param name="present">in the order of their names</param>
    /// <param name="now">time since some fixed moment</param>
    /// <returns>true: so it is</returns>
    public bool IsSettled(IReadOnlyList<LaneProcessor> present, TimeSpan now)
    {
        if (!present.SequenceEqual(_seen)) (_seen, _since) = (present, now);
        _hearing = present.Count == 0 ? null : _hearing ?? now;
        return _hearing is { } from && now - _since >= Settle && now - from >= LaneReport.GoneAfter;
    }
}
