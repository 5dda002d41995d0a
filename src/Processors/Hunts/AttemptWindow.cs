namespace TreasureHunt.Processors.Hunts;

/// <summary>
/// When the last judged guesses of a team at a treasure were made: a ring as long as attempts.max, which is all that a
/// sliding window of that many attempts needs.
/// </summary>
internal sealed class AttemptWindow
{
    private readonly List<long> _ticks = [];
    private int _next;

    public int Count => _ticks.Count;

    /// <summary>Null: another attempt may be judged. Otherwise when; MaxValue: never again.</summary>
    public DateTimeOffset? FullUntil(int max, TimeSpan? per, DateTimeOffset now)
    {
        if (_ticks.Count < max) return null;
        if (per is not { } window) return DateTimeOffset.MaxValue;
        var oldest = new DateTimeOffset(_ticks[_next % _ticks.Count], TimeSpan.Zero);
        return oldest + window > now ? oldest + window : null;
    }

    public void Add(DateTimeOffset at, int max)
    {
        if (_ticks.Count < max)
        {
            _ticks.Add(at.UtcTicks);
            return;
        }
        _ticks[_next] = at.UtcTicks;
        _next = (_next + 1) % _ticks.Count;
    }

    public void Write(BinaryWriter to)
    {
        to.Write7BitEncodedInt(_ticks.Count);
        to.Write7BitEncodedInt(_next);
        foreach (var ticks in _ticks) to.Write(ticks);
    }

    public static AttemptWindow Read(BinaryReader from)
    {
        var window = new AttemptWindow();
        var count = from.Read7BitEncodedInt();
        window._next = from.Read7BitEncodedInt();
        for (var i = 0; i < count; i++) window._ticks.Add(from.ReadInt64());
        return window;
    }
}
