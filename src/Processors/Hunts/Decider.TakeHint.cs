using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Processors.Hunts;

public static partial class Decider
{
    private static HuntFact Take(Hunt hunt, TakeHint take, string actor, DateTimeOffset now)
    {
        if (NotJudged(hunt, now) is { } shut) return No(take, shut, treasure: take.Treasure, hint: take.Hint);
        if (TeamOf(hunt, take, actor, out var nobody) is not { } team)
            return No(take, nobody, take.OnBehalfOf, take.Treasure, take.Hint);
        if (hunt.Standings.Treasure(take.Treasure) is not { } treasure)
            return No(take, RefusalCode.TreasureUnknown, team.Id, take.Treasure, take.Hint);
        var rule = treasure.Rule;

        // A hint for what can no longer be found would only cost.
        if (OutOfReach(hunt, team, treasure, now, out var unlocked) is { } no) return No(take, no, team.Id, rule.Id, take.Hint);
        if (HintOf(rule, take.Hint) is not { } hint) return No(take, RefusalCode.HintUnknown, team.Id, rule.Id, take.Hint);
        if (team.Standing.Hints.Contains((treasure.Index, hint.Id)))
            return No(take, RefusalCode.HintAlreadyTaken, team.Id, rule.Id, hint.Id);
        if (hint.After is { } wait && now < unlocked + wait)
            return No(take, RefusalCode.HintNotYet, team.Id, rule.Id, hint.Id, unlocked + wait);

        return new HintTaken(team.Id, rule.Id, hint.Id, hint.Cost);
    }

    private static Hint? HintOf(Treasure treasure, string id)
    {
        foreach (var hint in treasure.Hints)
            if (hint.Id == id) return hint;
        return null;
    }
}
