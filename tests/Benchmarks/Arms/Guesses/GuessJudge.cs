using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>What every rival does between reading a message and storing its event: the same for all, so that only the ways in and out differ. Thread-safe.</summary>
public sealed class GuessJudge(HuntBook book, Seal seal, HuntOptions options)
{
    public async ValueTask<OpenGuess> OpenAsync(AcceptedAction accepted)
    {
        var rules = await book.GetAsync(accepted.Hunt);
        var submit = (SubmitAnswer)accepted.Action;
        return new OpenGuess(accepted, submit, rules, rules.TeamOfPlayer[accepted.Actor], OpenedGuess.Open(submit, accepted.Hunt, seal), options.Instance);
    }
}

/// <summary>A guess that waits for what its team did before.</summary>
public sealed record OpenGuess(AcceptedAction Accepted, SubmitAnswer Submit, HuntRules Rules, string Team, OpenedGuess Guess, string Processor)
{
    public Guid EventId { get; } = ActionIds.EventId(Accepted.Hunt, Accepted.Actor, Submit.ActionId);

    public string StreamKey(StreamPer stream) =>
        stream == StreamPer.Team ? $"team/{Accepted.Hunt}/{Team}" : $"team/{Accepted.Hunt}/{Team}/{Submit.Treasure}";

    /// <returns>the fact with its stamp; the attempts are not changed</returns>
    public HuntFact Judge(Attempts attempts) => Rules.Judge(attempts, Team, Submit, Guess, Accepted.AcceptedAt) with
    {
        Stamp = new Stamp(
            Accepted.AcceptedAt, Submit.ActionId, Accepted.Actor, Accepted.Fingerprint, SettingsVersion: 0, DefinitionVersion: 1, "bench", Processor),
    };
}
