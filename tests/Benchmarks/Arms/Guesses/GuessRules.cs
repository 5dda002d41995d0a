using System.Collections.Concurrent;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>A hunt's definition with opened answers, and its players: read once, then in memory. Immutable.</summary>
public sealed record HuntRules(HuntDefinition Definition, Rules Answers, IReadOnlyDictionary<string, string> TeamOfPlayer)
{
    /// <summary>
    /// The same decision as the processor's, as far as a team's own attempts can tell. What they cannot tell stays out: the
    /// ordinal of a find among all teams, and with it firsts, decay and scarce copies.
    /// </summary>
    public HuntFact Judge(Attempts attempts, string team, SubmitAnswer submit, OpenedGuess guess, DateTimeOffset now)
    {
        if (now < Definition.Window.Opens) return No(RefusalCode.HuntNotOpen);
        if (now >= Definition.Window.Closes) return No(RefusalCode.HuntClosed);
        var index = IndexOf(submit.Treasure);
        if (index < 0) return No(RefusalCode.TreasureUnknown);

        var rule = Definition.Treasures[index];
        var at = attempts.At(rule.Id);
        if (at.Found) return No(RefusalCode.TreasureAlreadyFound);
        if (guess.Normalised.Length == 0) return No(RefusalCode.GuessEmpty);
        if (at.Wrong.Contains(guess.Mac)) return new AnswerRepeated(team, rule.Id, guess.Mac);
        if (at.Judged >= rule.Attempts?.Max) return No(RefusalCode.TooManyAttempts);

        var verdict = Answers.Judge(index, guess.Normalised);
        return verdict.IsRight
            ? new TreasureFound(team, rule.Id, Ordinal: 0, Bonus: 0, guess.Mac, Points: null, guess.Sealed)
            : new AnswerWrong(team, rule.Id, guess.Mac, rule.Attempts?.Penalty ?? 0, guess.Sealed);

        ActionRefused No(RefusalCode code) => new(submit.Kind, code, team, submit.Treasure);
    }

    private int IndexOf(string treasure)
    {
        for (var i = 0; i < Definition.Treasures.Count; i++)
            if (Definition.Treasures[i].Id == treasure) return i;
        return -1;
    }
}

/// <summary>All hunts asked for so far. Thread-safe.</summary>
public sealed class HuntBook(FactReader reader, Seal seal)
{
    private readonly ConcurrentDictionary<string, Task<HuntRules>> _hunts = new(StringComparer.Ordinal);

    public Task<HuntRules> GetAsync(string hunt) => _hunts.GetOrAdd(hunt, ReadAsync);

    private async Task<HuntRules> ReadAsync(string hunt)
    {
        HuntDefinition? definition = null;
        var teams = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var (_, fact) in reader.ReadAsync(hunt, afterVersion: 0))
        {
            if (fact is HuntPublished published) definition = published.Definition;
            if (fact is TeamRegistered { Player: { } player } registered) teams[player] = registered.Team;
        }
        return definition is null
            ? throw new InvalidOperationException($"Hunt '{hunt}' is not published.")
            : new HuntRules(definition, Rules.Compile(definition, seal), teams);
    }
}
