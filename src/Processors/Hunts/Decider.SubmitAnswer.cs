using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Processors.Hunts;

public static partial class Decider
{
    private static HuntFact Submit(
        Hunt hunt, SubmitAnswer submit, string actor, OpenedGuess? guess, Rules? rules, DateTimeOffset now)
    {
        if (NotJudged(hunt, now) is { } shut) return No(submit, shut, treasure: submit.Treasure);
        if (TeamOf(hunt, submit, actor, out var nobody) is not { } team)
            return No(submit, nobody, submit.OnBehalfOf, submit.Treasure);
        if (hunt.Standings.Treasure(submit.Treasure) is not { } treasure)
            return No(submit, RefusalCode.TreasureUnknown, team.Id, submit.Treasure);
        var rule = treasure.Rule;
        if (OutOfReach(hunt, team, treasure, now, out _) is { } no) return No(submit, no, team.Id, rule.Id);

        ArgumentNullException.ThrowIfNull(guess);
        ArgumentNullException.ThrowIfNull(rules);
        if (guess.Normalised.Length == 0) return No(submit, RefusalCode.GuessEmpty, team.Id, rule.Id);
        if (team.WrongGuesses.Contains((treasure.Index, KeyedHash.Parse(guess.Mac))))
            return new AnswerRepeated(team.Id, rule.Id, guess.Mac);
        if (rule.Attempts is { Max: { } max } limit
            && team.Attempts.GetValueOrDefault(treasure.Index)?.FullUntil(max, limit.Per, now) is { } until)
            return No(submit, RefusalCode.TooManyAttempts, team.Id, rule.Id, until: limit.Per is null ? null : until);

        var verdict = rules.Judge(treasure.Index, guess.Normalised);
        if (verdict.NearMiss >= 0) return new AnswerNear(team.Id, rule.Id, guess.Mac, verdict.NearMiss, guess.Sealed);
        if (!verdict.IsRight) return new AnswerWrong(team.Id, rule.Id, guess.Mac, rule.Attempts?.Penalty ?? 0, guess.Sealed);

        var ordinal = treasure.Finders + 1;
        return new TreasureFound(
            team.Id, rule.Id, ordinal,
            Bonus: ordinal <= rule.Firsts.Count ? rule.Firsts[ordinal - 1] : 0,
            guess.Mac,
            Points: rule.Value.IsLive ? null : rule.Value.At(ordinal),
            guess.Sealed);
    }
}
