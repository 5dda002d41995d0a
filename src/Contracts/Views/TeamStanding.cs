namespace TreasureHunt.Contracts.Views;

/// <summary>What one team has. Changed by <see cref="Standings"/> alone.</summary>
public sealed class TeamStanding(string team, DateTimeOffset since)
{
    public string Team { get; } = team;
    public DateTimeOffset Since { get; } = since;

    /// <summary>By treasure index.</summary>
    public Dictionary<int, Find> Finds { get; private init; } = [];
    public List<int> LiveFinds { get; private init; } = [];
    public HashSet<(int Treasure, string Hint)> Hints { get; private init; } = [];

    /// <summary>By treasure index: when its needs were met.</summary>
    public Dictionary<int, DateTimeOffset> Unlocked { get; private init; } = [];

    /// <summary>Minutes that will count once the treasure is found.</summary>
    public Dictionary<int, int> OpenPenalties { get; private init; } = [];
    public int LockedPoints { get; internal set; }
    public long PenaltyMinutes { get; internal set; }
    public DateTimeOffset? LastFindAt { get; internal set; }

    internal TeamStanding Clone() => new(Team, Since)
    {
        Finds = new(Finds), LiveFinds = [.. LiveFinds], Hints = [.. Hints], Unlocked = new(Unlocked), OpenPenalties = new(OpenPenalties),
        LockedPoints = LockedPoints, PenaltyMinutes = PenaltyMinutes, LastFindAt = LastFindAt,
    };
}

/// <param name="Points">null: worth the treasure's value of today</param>
public readonly record struct Find(DateTimeOffset At, int Ordinal, int? Points, int Bonus);
