using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Ingress.Views;

/// <summary>The board as everybody may see it, or live for organisers.</summary>
/// <param name="Version">stream version it reflects</param>
/// <param name="At">the hunt's clock</param>
/// <param name="Frozen">the public board stands still since FreezeAt</param>
/// <param name="Live">true: shows what has happened since, for organisers only</param>
/// <param name="Teams">how many there are in all</param>
public sealed record BoardReply(
    string Hunt, string Title, long Version, DateTimeOffset At, HuntPhase Phase, Ranking Ranking, bool Frozen, bool Live,
    int Teams, IReadOnlyList<BoardLine> Rows, DateTimeOffset? FreezeAt = null);

/// <param name="Name">absent when it was erased</param>
/// <param name="PenaltyMinutes">with ranking solved-then-penalty only</param>
public sealed record BoardLine(
    int Rank, string Team, int Points, int Solved, long PenaltyMinutes, DateTimeOffset? LastFindAt = null, string? Name = null);

/// <summary>A hunt as anybody may see it.</summary>
public sealed record HuntReply(
    string Hunt, string Title, long Version, DateTimeOffset At, HuntPhase Phase, DateTimeOffset Opens, DateTimeOffset Closes,
    bool Frozen, Ranking Ranking, Clock Clock, int Treasures, int Teams, DateTimeOffset? FreezeAt = null);

/// <summary>One page of hunts, by slug.</summary>
/// <param name="Next">ask for ?after= this; absent on the last page</param>
public sealed record HuntsReply(IReadOnlyList<HuntReply> Hunts, string? Next = null);

/// <summary>A team's public line; and for its own players, its organisers and services its page.</summary>
/// <param name="Rank">absent while the team is not on the public board yet</param>
/// <param name="Treasures">those it has unlocked; absent for others</param>
/// <param name="Locked">how many it has not</param>
public sealed record TeamReply(
    string Hunt, string Team, long Version, DateTimeOffset At, int Points, int Solved, long PenaltyMinutes, DateTimeOffset? LastFindAt = null,
    int? Rank = null, string? Name = null, IReadOnlyList<TreasureReply>? Treasures = null, int? Locked = null);

/// <param name="Worth">points for the next finder, or today's value for all finders when it is live</param>
public sealed record TreasureReply(
    string Id, string Title, string Clue, DateTimeOffset UnlockedAt, int Worth, int WrongGuesses, IReadOnlyList<HintReply> Hints, FoundReply? Found = null);

/// <param name="Points">what it is worth to the team now, bonus not included</param>
public sealed record FoundReply(DateTimeOffset At, int Ordinal, int Points, int Bonus);

/// <param name="AvailableAt">when it may be taken</param>
/// <param name="Text">only once it was taken</param>
public sealed record HintReply(string Id, int Cost, DateTimeOffset AvailableAt, string? Text = null);
