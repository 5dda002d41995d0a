using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.Tests.Faults.Clients;

namespace TreasureHunt.Tests.Faults.Checks;

/// <summary>Folds a stream from its beginning and decides every action again on what stands before it.</summary>
internal static class Redecision
{
    public static void Check(
        string slug, IReadOnlyList<StoredEvent> events, IReadOnlyDictionary<Guid, LedgerEntry> sent, Seal seal, Action<Promise, string> broken)
    {
        var hunt = new Hunt(slug);
        Rules? rules = null;
        foreach (var (_, _, version, fact, _) in events)
        {
            var stamp = fact.Stamp!;
            if (stamp.At < hunt.LastAt) broken(Promise.StreamsWhole, $"version {version}: its clock goes back from {hunt.LastAt:O} to {stamp.At:O}.");
            if (sent.TryGetValue(ActionIds.EventId(slug, stamp.Actor, stamp.ActionId), out var entry) && IsRepeatable(fact))
            {
                var again = Bare(Decider.Decide(hunt, Accepted(entry, stamp, seal), Guess(entry, fact, seal), rules, stamp.At));
                var stored = Bare(fact);
                if (again != stored) broken(Promise.DecisionsRepeatable, $"version {version}, {entry}: decided again it is {again}, stored is {stored}");
            }
            hunt.Evolve(version, fact);
            if (fact is HuntPublished published) rules = Rules.Compile(published.Definition, seal);
        }
    }

    /// <summary>The board as the fold of all events gives it.</summary>
    public static Hunt Fold(string slug, IEnumerable<StoredEvent> events)
    {
        var hunt = new Hunt(slug);
        foreach (var stored in events) hunt.Evolve(stored.Version, stored.Fact);
        return hunt;
    }

    /// <summary>A definition is sealed anew each time; a parked action was not decided.</summary>
    private static bool IsRepeatable(HuntFact fact) => fact is not (HuntPublished or ActionParked);

    private static AcceptedAction Accepted(LedgerEntry entry, Stamp stamp, Seal seal) =>
        new(entry.Hunt, entry.Actor, stamp.Fingerprint, stamp.At, ActionSeal.Close(entry.Action, entry.Hunt, seal), Service: entry.ByService);

    private static OpenedGuess? Guess(LedgerEntry entry, HuntFact fact, Seal seal)
    {
        if (entry.Action is not SubmitAnswer submit) return null;
        var normalised = Normalisation.Of(submit.Guess);
        var stored = fact switch
        {
            TreasureFound found => found.Guess,
            AnswerWrong wrong => wrong.Guess,
            AnswerNear near => near.Guess,
            _ => null,
        };
        return new OpenedGuess(normalised, seal.Mac($"{entry.Hunt}/{submit.Treasure}", normalised), stored ?? "");
    }

    private static string Bare(HuntFact fact) => JsonSerializer.Serialize(fact with { Stamp = null }, Wire.Default.HuntFact);
}
