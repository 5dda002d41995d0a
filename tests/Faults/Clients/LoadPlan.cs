namespace TreasureHunt.Tests.Faults.Clients;

/// <param name="Hunts">slugs</param>
/// <param name="PlayersPerHunt">each in a team of their own</param>
/// <param name="RatePerSecond">requests per second of all players together, whether answers come or not (open loop); null: each player sends when the last request was answered</param>
/// <param name="Seed">the same seed plays the same moves</param>
public sealed record LoadPlan(IReadOnlyList<string> Hunts, int PlayersPerHunt = 8, int? RatePerSecond = null, int Seed = 1)
{
    /// <summary>Requests under way at once in an open loop; more wait, so that a long outage ends.</summary>
    public const int MaxUnderWay = 400;

    /// <summary>A pause between two requests of a player in a closed loop.</summary>
    public TimeSpan Think { get; init; } = TimeSpan.FromMilliseconds(50);
}
