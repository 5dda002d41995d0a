using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Contracts.Views;

/// <summary>
/// What every team has: finds, points, penalties, hints, unlocked treasures; and what every treasure is worth today.
/// The one place that scores: the processor decides by it and every board is made from it. A fold; not thread-safe.
/// </summary>
public sealed partial class Standings
{
    private readonly Dictionary<string, TeamStanding> _teams = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _treasureIndex = new(StringComparer.Ordinal);
    private TreasureStanding[] _treasures = [];
    private int[] _needPoints = [];
    private DateTimeOffset _opens;
    private Ranking _ranking;

    public IReadOnlyCollection<TeamStanding> Teams => _teams.Values;
    public IReadOnlyList<TreasureStanding> Treasures => _treasures;

    public TeamStanding? Team(string team) => _teams.GetValueOrDefault(team);

    public TreasureStanding? Treasure(string treasure) =>
        _treasureIndex.TryGetValue(treasure, out var index) ? _treasures[index] : null;

    /// <summary>Points a team has now: locked finds and bonuses, live finds at today's value, less penalties and hints.</summary>
    public int PointsOf(TeamStanding team)
    {
        var points = team.LockedPoints;
        foreach (var index in team.LiveFinds) points += _treasures[index].ValueNow;
        return points;
    }

    /// <summary>When the treasure was unlocked for the team; null while it is locked.</summary>
    public DateTimeOffset? UnlockedAt(TeamStanding team, TreasureStanding treasure, DateTimeOffset now)
    {
        var needs = treasure.Rule.Needs;
        if (needs is null) return _opens;
        if (needs.After is { } after) return _opens + after <= now ? _opens + after : null;
        return team.Unlocked.TryGetValue(treasure.Index, out var at) ? at : null;
    }

    public void Apply(HuntFact fact, DateTimeOffset at)
    {
        switch (fact)
        {
            case HuntPublished published:
                Start(published.Definition);
                break;
            case HuntOpened:
                _opens = at;
                break;
            case TeamRegistered registered:
                _teams.TryAdd(registered.Team, new TeamStanding(registered.Team, at));
                break;
            case TreasureFound found when Find(found.Team, found.Treasure) is var (team, treasure):
                treasure.Finders++;
                team.Finds[treasure.Index] = new Find(at, found.Ordinal, found.Points, found.Bonus);
                team.LastFindAt = at;
                if (found.Points is { } points) team.LockedPoints += points; else team.LiveFinds.Add(treasure.Index);
                team.LockedPoints += found.Bonus;
                if (_ranking == Ranking.SolvedThenPenalty)
                    team.PenaltyMinutes += (at - _opens).Ticks / TimeSpan.TicksPerMinute + team.OpenPenalties.GetValueOrDefault(treasure.Index);
                foreach (var dependent in treasure.Dependents) UnlockIfMet(team, _treasures[dependent], at);
                foreach (var dependent in _needPoints) UnlockIfMet(team, _treasures[dependent], at);
                break;
            case AnswerWrong wrong when Find(wrong.Team, wrong.Treasure) is var (team, treasure):
                Charge(team, treasure, wrong.Penalty);
                break;
            case HintTaken taken when Find(taken.Team, taken.Treasure) is var (team, treasure):
                team.Hints.Add((treasure.Index, taken.Hint));
                Charge(team, treasure, taken.Cost);
                break;
        }
    }

    /// <summary>
    /// Best first. points: points, then the earlier last find. solved-then-penalty: solved, penalty minutes, then the
    /// earlier last find, in ms. Equal keys share a rank; ties are listed by team id.
    /// </summary>
    public IReadOnlyList<BoardRow> Rank()
    {
        var rows = new List<(RankKey Key, BoardRow Row)>(_teams.Count);
        foreach (var team in _teams.Values) rows.Add((KeyOf(team), RowOf(team)));
        rows.Sort(static (a, b) => a.Key.CompareTo(b.Key) is var c and not 0 ? c : string.CompareOrdinal(a.Row.Team, b.Row.Team));

        var ranked = new BoardRow[rows.Count];
        for (int i = 0, rank = 1; i < ranked.Length; i++)
        {
            if (i > 0 && rows[i].Key != rows[i - 1].Key) rank = i + 1;
            ranked[i] = rows[i].Row with { Rank = rank };
        }
        return ranked;
    }

    internal RankKey KeyOf(TeamStanding team)
    {
        var last = team.LastFindAt?.ToUnixTimeMilliseconds() ?? long.MaxValue;
        return _ranking == Ranking.SolvedThenPenalty ? new RankKey(-team.Finds.Count, team.PenaltyMinutes, last) : new RankKey(-PointsOf(team), 0, last);
    }

    /// <summary>A row whose rank is still to be filled in.</summary>
    internal BoardRow RowOf(TeamStanding team) => new(0, team.Team, PointsOf(team), team.Finds.Count, team.PenaltyMinutes, team.LastFindAt);

    /// <summary>An independent copy, for a board that stands still.</summary>
    public Standings Clone()
    {
        var copy = new Standings { _treasures = [.. _treasures.Select(t => t.Clone())], _needPoints = _needPoints, _opens = _opens, _ranking = _ranking };
        foreach (var (id, index) in _treasureIndex) copy._treasureIndex[id] = index;
        foreach (var (id, team) in _teams) copy._teams[id] = team.Clone();
        return copy;
    }

    private void Start(HuntDefinition definition)
    {
        _opens = definition.Window.Opens;
        _ranking = definition.Ranking;
        _treasures = new TreasureStanding[definition.Treasures.Count];
        _treasureIndex.Clear();
        for (var index = 0; index < _treasures.Length; index++)
        {
            _treasures[index] = new TreasureStanding(index, definition.Treasures[index]);
            _treasureIndex[definition.Treasures[index].Id] = index;
        }
        foreach (var treasure in _treasures) treasure.ResolveNeeds(_treasureIndex, _treasures);
        _needPoints = [.. _treasures.Where(treasure => treasure.Rule.Needs?.Points is not null).Select(treasure => treasure.Index)];
    }

    private (TeamStanding, TreasureStanding)? Find(string team, string treasure) =>
        Team(team) is { } t && Treasure(treasure) is { } r ? (t, r) : null;

    private void Charge(TeamStanding team, TreasureStanding treasure, int cost)
    {
        if (cost == 0) return;
        if (_ranking == Ranking.Points) team.LockedPoints -= cost;
        else if (team.Finds.ContainsKey(treasure.Index)) team.PenaltyMinutes += cost;
        else team.OpenPenalties[treasure.Index] = team.OpenPenalties.GetValueOrDefault(treasure.Index) + cost;
    }

    /// <summary>What has been unlocked stays unlocked. Asked after each find, for those that depend on it.</summary>
    private void UnlockIfMet(TeamStanding team, TreasureStanding treasure, DateTimeOffset at)
    {
        if (team.Unlocked.ContainsKey(treasure.Index)) return;
        if (treasure.Rule.Needs?.Points is { } points)
        {
            if (PointsOf(team) < points) return;
        }
        else
        {
            var found = 0;
            foreach (var needed in treasure.NeedsOf)
                if (team.Finds.ContainsKey(needed)) found++;
            if (found < treasure.NeedsCount) return;
        }
        team.Unlocked[treasure.Index] = at;
    }
}
