using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Ingress.Views;

/// <summary>
/// The order of one hunt's board, kept fact by fact while somebody asks for it, and the one that stands still for those a freeze is for. Guarded by the lock of the view it is of.
/// </summary>
internal sealed class KeptBoard(HuntView view, TimeProvider clock)
{
    /// <summary>A board with live values is sorted again no more often than this; its version says what it reflects.</summary>
    private static readonly TimeSpan Holds = TimeSpan.FromMilliseconds(20);

    /// <summary>Teams moved on a board nobody asks for, before it is no longer kept in order.</summary>
    private const int MaxMovesUnasked = 10_000;

    private BoardOrder? _order, _frozen;
    private long _orderedVersion, _orderedAt;
    private int _movesUnasked;

    /// <inheritdoc cref="ViewKeeper.Board"/>
    public BoardPart? Part(bool live, long atLeast, int count, string? around)
    {
        var (order, version) = Order(live, atLeast);
        var first = 0;
        if (around is not null)
        {
            var index = order.IndexOf(around);
            if (index < 0) return null;
            first = Math.Max(0, Math.Min(index - count / 2, order.Count - count));
        }
        return new BoardPart(version, order.Count, order.Rows(first, count));
    }

    /// <summary>After the view has folded the fact.</summary>
    public void Apply(VersionedFact fact)
    {
        if (_order is null or { IsStale: true }) return;
        if (++_movesUnasked > MaxMovesUnasked)
        {
            _order = null;
            return;
        }
        _order.Apply(fact.Fact);
        if (_order.IsStale) _orderedVersion = fact.Version - 1;
    }

    private (BoardOrder Order, long Version) Order(bool live, long atLeast)
    {
        if (!live && view.StandsStill)
        {
            if (_frozen?.Standings != view.Public) _frozen = new BoardOrder(view.Public);
            return (_frozen!, view.Version);
        }
        _frozen = live ? _frozen : null;
        _movesUnasked = 0;
        if (_order is null || (_order.IsStale && (_orderedVersion < atLeast || clock.GetElapsedTime(_orderedAt) >= Holds)))
        {
            if (_order is null) _order = new BoardOrder(view.Live);
            else _order.Sort();
            (_orderedVersion, _orderedAt) = (view.Version, clock.GetTimestamp());
        }
        return (_order, _order.IsStale ? _orderedVersion : view.Version);
    }
}
