namespace TreasureHunt.Contracts.Views;

/// <summary>A row of the board. Penalty in minutes (solved-then-penalty only).</summary>
public sealed record BoardRow(int Rank, string Team, int Points, int Solved, long PenaltyMinutes, DateTimeOffset? LastFindAt);
