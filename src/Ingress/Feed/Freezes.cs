using System.Collections.Immutable;

namespace TreasureHunt.Ingress.Feed;

/// <summary>Which facts the board's freezes hold back: those from the first one decided while it stood still until the thaw. Immutable.</summary>
public sealed class Freezes
{
    public static readonly Freezes None = new([], null);

    private readonly ImmutableList<(long First, long Thaw)> _past;
    private readonly long? _first;

    private Freezes(ImmutableList<(long First, long Thaw)> past, long? first) => (_past, _first) = (past, first);

    /// <param name="standsStill">the fact of this version is not on the public board</param>
    public Freezes After(long version, bool standsStill) => (standsStill, _first) switch
    {
        (true, null) => new Freezes(_past, version),
        (false, { } first) => new Freezes(_past.Add((first, version)), null),
        _ => this,
    };

    /// <summary>The fact was not on the public board when it was decided.</summary>
    public bool Hold(long version)
    {
        if (version >= _first) return true;
        for (var i = _past.Count - 1; i >= 0 && version < _past[i].Thaw; i--)
            if (version >= _past[i].First) return true;
        return false;
    }

    /// <summary>The first version that the thaw of this version released; null: it released nothing, or is no thaw.</summary>
    public long? ReleasedBy(long thaw)
    {
        for (var i = _past.Count - 1; i >= 0 && thaw <= _past[i].Thaw; i--)
            if (_past[i].Thaw == thaw) return _past[i].First;
        return null;
    }
}
