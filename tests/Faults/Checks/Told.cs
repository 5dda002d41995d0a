using System.Text.Json;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Tests.Faults.Clients;

namespace TreasureHunt.Tests.Faults.Checks;

/// <summary>What a client must be told of a stored fact.</summary>
internal static class Told
{
    public static ClientReply Of(StoredEvent stored)
    {
        var told = new ClientReply(stored.Stamp.ActionId, "applied", stored.Version);
        return stored.Fact switch
        {
            HuntPublished => told with { Fact = FactNames.HuntPublished },
            HuntOpened => told with { Fact = FactNames.HuntOpened },
            HuntClosed => told with { Fact = FactNames.HuntClosed },
            HuntPaused => told with { Fact = FactNames.HuntPaused },
            HuntResumed => told with { Fact = FactNames.HuntResumed },
            BoardFrozen => told with { Fact = FactNames.BoardFrozen },
            BoardThawed => told with { Fact = FactNames.BoardThawed },
            TeamRegistered fact => told with { Fact = FactNames.TeamRegistered, Team = fact.Team },
            TeamJoined fact => told with { Fact = FactNames.TeamJoined, Team = fact.Team },
            TreasureFound fact => told with
            {
                Fact = FactNames.TreasureFound, Team = fact.Team, Treasure = fact.Treasure, Ordinal = fact.Ordinal, Points = fact.Points, Bonus = fact.Bonus,
            },
            AnswerWrong fact => told with { Fact = FactNames.AnswerWrong, Team = fact.Team, Treasure = fact.Treasure, Penalty = fact.Penalty },
            AnswerNear fact => told with { Fact = FactNames.AnswerNear, Team = fact.Team, Treasure = fact.Treasure },
            AnswerRepeated fact => told with { Fact = FactNames.AnswerRepeated, Team = fact.Team, Treasure = fact.Treasure },
            HintTaken fact => told with { Fact = FactNames.HintTaken, Team = fact.Team, Treasure = fact.Treasure, Hint = fact.Hint, Cost = fact.Cost },
            ActionRefused fact => told with
            {
                Fact = FactNames.ActionRefused, Status = "refused", Team = fact.Team, Treasure = fact.Treasure, Hint = fact.Hint,
                Code = JsonNamingPolicy.KebabCaseLower.ConvertName(fact.Code.ToString()),
            },
            ActionParked => told with { Fact = FactNames.ActionParked, Status = "parked" },
            _ => throw new InvalidOperationException($"The checker does not know {stored.Fact.GetType().Name}."),
        };
    }
}
