using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Ingress.Feed;

/// <summary>A fact as the feed tells it: ids, no names, no guesses. What a field means is said at <see cref="HuntFact"/>'s kinds.</summary>
/// <param name="Version">the hunt's stream version of the fact</param>
/// <param name="At">the hunt's clock when it was decided</param>
/// <param name="Fact">name of the fact, such as treasure-found: also the event's type</param>
/// <param name="Points">absent when the treasure's value is live</param>
/// <param name="Penalty">of a wrong guess: points, or minutes when the hunt ranks by solved and penalty</param>
/// <param name="Cost">of a hint, in the same unit</param>
public sealed record FeedFact(
    long Version, DateTimeOffset At, string Fact, string? Team = null, string? Treasure = null, string? Hint = null,
    int? Ordinal = null, int? Points = null, int? Bonus = null, int? Penalty = null, int? Cost = null)
{
    public static FeedFact Of(VersionedFact stored)
    {
        var told = new FeedFact(stored.Version, stored.Fact.Stamp!.At, FactTypes.Of(stored.Fact).Name);
        return stored.Fact switch
        {
            TeamRegistered registered => told with { Team = registered.Team },
            TeamJoined joined => told with { Team = joined.Team },
            TreasureFound found => told with { Team = found.Team, Treasure = found.Treasure, Ordinal = found.Ordinal, Points = found.Points, Bonus = found.Bonus },
            AnswerWrong wrong => told with { Team = wrong.Team, Treasure = wrong.Treasure, Penalty = wrong.Penalty },
            HintTaken taken => told with { Team = taken.Team, Treasure = taken.Treasure, Hint = taken.Hint, Cost = taken.Cost },
            _ => told,
        };
    }
}

/// <summary>The first event of a connection: from here on nothing is missed.</summary>
/// <param name="Version">where the hunt stands</param>
public sealed record FeedReady(string Hunt, long Version);
