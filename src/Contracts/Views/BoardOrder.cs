using System.Runtime.InteropServices;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Contracts.Views;

/// <summary>
/// The teams of standings in the order of their board, equal to <see cref="Standings.Rank"/> and kept so as facts come: a fact moves one team, and a
/// page of the board costs its rows, however many teams there are. Only a find whose value is live moves many; then all are sorted again when they are
/// next looked at. Not thread-safe.
/// </summary>
public sealed class BoardOrder
{
    private readonly List<Place> _places = []; // best first
    private readonly Dictionary<string, Place> _byTeam = new(StringComparer.Ordinal);

    public BoardOrder(Standings standings)
    {
        Standings = standings;
        Sort();
    }

    public Standings Standings { get; }

    public int Count => _places.Count;

    /// <summary>It stands where it stood before a fact that moved many teams, until <see cref="Sort"/>.</summary>
    public bool IsStale { get; private set; }

    /// <summary>Follows a fact that the standings have applied.</summary>
    public void Apply(HuntFact fact)
    {
        if (IsStale) return;
        switch (fact)
        {
            case HuntPublished or TreasureFound { Points: null }: IsStale = true; break;
            case TreasureFound found: Move(found.Team); break;
            case TeamRegistered registered: Move(registered.Team); break;
            case AnswerWrong wrong: Move(wrong.Team); break;
            case HintTaken taken: Move(taken.Team); break;
        }
    }

    public void Sort()
    {
        _places.Clear();
        foreach (var team in Standings.Teams)
        {
            var place = new Place(Standings.KeyOf(team), Standings.RowOf(team));
            _places.Add(place);
            _byTeam[team.Team] = place;
        }
        _places.Sort();
        IsStale = false;
    }

    /// <summary>Where the team stands, from 0; negative: nowhere.</summary>
    public int IndexOf(string team) => _byTeam.TryGetValue(team, out var place) ? _places.BinarySearch(place) : -1;

    /// <summary>Rows from an index on, as many as there are up to the count.</summary>
    public BoardRow[] Rows(int first, int count)
    {
        var rows = new BoardRow[Math.Clamp(_places.Count - first, 0, count)];
        for (int i = 0, rank = 0; i < rows.Length; i++)
        {
            var place = _places[first + i];
            if (i == 0) rank = FirstWith(place.Key) + 1;
            else if (place.Key != _places[first + i - 1].Key) rank = first + i + 1;
            rows[i] = place.Row with { Rank = rank };
        }
        return rows;
    }

    private void Move(string team)
    {
        if (Standings.Team(team) is not { } standing) return;
        var place = new Place(Standings.KeyOf(standing), Standings.RowOf(standing));
        if (!_byTeam.TryGetValue(team, out var before))
        {
            _places.Insert(~_places.BinarySearch(place), place);
        }
        else
        {
            var (from, to) = (_places.BinarySearch(before), _places.BinarySearch(place));
            if (to < 0) to = ~to > from ? ~to - 1 : ~to; // its own place becomes free
            var places = CollectionsMarshal.AsSpan(_places);
            if (to < from) places[to..from].CopyTo(places[(to + 1)..]);
            else places[(from + 1)..(to + 1)].CopyTo(places[from..]);
            places[to] = place;
        }
        _byTeam[team] = place;
    }

    private int FirstWith(RankKey key)
    {
        var (low, high) = (0, _places.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_places[middle].Key.CompareTo(key) < 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>A team in the order: by key, then by id.</summary>
    private sealed record Place(RankKey Key, BoardRow Row) : IComparable<Place>
    {
        public int CompareTo(Place? other) =>
            other is null ? 1 : Key.CompareTo(other.Key) is var order and not 0 ? order : string.CompareOrdinal(Row.Team, other.Row.Team);
    }
}
