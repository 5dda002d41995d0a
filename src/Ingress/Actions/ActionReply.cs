using System.Text.Json.Serialization;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Ingress.Actions;

/// <summary>202: the broker has them; each can be asked for at its status address.</summary>
public sealed record AcceptedReply(IReadOnlyList<AcceptedActionReply> Accepted);

/// <param name="Status">address of what became of it</param>
public sealed record AcceptedActionReply(Guid ActionId, string Status);

[JsonConverter(typeof(ReplyStatusConverter))]
public enum ReplyStatus { Pending, Applied, Refused, Parked, Conflict }

public sealed class ReplyStatusConverter() : JsonStringEnumConverter<ReplyStatus>(System.Text.Json.JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

/// <summary>What became of an action, as its sender may see it: no guesses, no hashes, no answers.</summary>
/// <param name="Version">the hunt's stream version of the fact; absent while pending and for a conflict</param>
/// <param name="At">the hunt's clock when it was decided</param>
/// <param name="Fact">name of the fact, such as treasure-found</param>
/// <param name="Points">absent when the treasure's value is live</param>
/// <param name="Penalty">points, or minutes when the hunt ranks by solved and penalty</param>
/// <param name="Cost">of a hint, in the same unit</param>
/// <param name="Text">of a hint</param>
/// <param name="Says">what the author answers to a near miss</param>
/// <param name="Code">why it was refused; stable</param>
/// <param name="Sentence">the same for a player</param>
/// <param name="Until">when it may be tried again, where that is known</param>
public sealed record ActionReply(
    Guid ActionId, ReplyStatus Status, long? Version = null, DateTimeOffset? At = null, string? Fact = null,
    string? Team = null, string? Treasure = null, string? Hint = null, int? Ordinal = null, int? Points = null, int? Bonus = null,
    int? Penalty = null, int? Cost = null, string? Text = null, string? Says = null,
    RefusalCode? Code = null, string? Sentence = null, DateTimeOffset? Until = null)
{
    public static ActionReply Pending(Guid actionId) => new(actionId, ReplyStatus.Pending);

    /// <param name="definition">of the hunt: texts of hints and near misses</param>
    public static ActionReply Of(Outcome outcome, HuntDefinition? definition)
    {
        var reply = new ActionReply(
            outcome.ActionId, StatusOf(outcome.Status), outcome.Version > 0 ? outcome.Version : null, outcome.Fact?.Stamp?.At, NameOf(outcome.Fact));
        return outcome.Fact switch
        {
            TreasureFound found => reply with { Team = found.Team, Treasure = found.Treasure, Ordinal = found.Ordinal, Points = found.Points, Bonus = found.Bonus },
            AnswerWrong wrong => reply with { Team = wrong.Team, Treasure = wrong.Treasure, Penalty = wrong.Penalty },
            AnswerNear near => reply with { Team = near.Team, Treasure = near.Treasure, Says = SaysOf(definition, near) },
            AnswerRepeated repeated => reply with { Team = repeated.Team, Treasure = repeated.Treasure },
            HintTaken taken => reply with { Team = taken.Team, Treasure = taken.Treasure, Hint = taken.Hint, Cost = taken.Cost, Text = TextOf(definition, taken) },
            TeamRegistered registered => reply with { Team = registered.Team },
            TeamJoined joined => reply with { Team = joined.Team },
            ActionRefused refused => reply with
            {
                Team = refused.Team, Treasure = refused.Treasure, Hint = refused.Hint,
                Code = refused.Code, Sentence = Refusals.Sentence(refused.Code), Until = refused.Until,
            },
            ActionParked => reply with { Sentence = "The engine could not process this; the organisers will look at it." },
            _ => reply,
        };
    }

    private static ReplyStatus StatusOf(OutcomeStatus status) => status switch
    {
        OutcomeStatus.Applied => ReplyStatus.Applied,
        OutcomeStatus.Refused => ReplyStatus.Refused,
        OutcomeStatus.Parked => ReplyStatus.Parked,
        _ => ReplyStatus.Conflict,
    };

    private static string? NameOf(HuntFact? fact) => fact is null ? null : FactTypes.Of(fact).Name;

    private static string? SaysOf(HuntDefinition? definition, AnswerNear near) =>
        TreasureOf(definition, near.Treasure) is { } treasure && near.NearMiss >= 0 && near.NearMiss < treasure.NearMisses.Count
            ? treasure.NearMisses[near.NearMiss].Says
            : null;

    private static string? TextOf(HuntDefinition? definition, HintTaken taken)
    {
        foreach (var hint in TreasureOf(definition, taken.Treasure)?.Hints ?? [])
            if (hint.Id == taken.Hint) return hint.Text;
        return null;
    }

    private static Contracts.Definitions.Treasure? TreasureOf(HuntDefinition? definition, string id)
    {
        foreach (var treasure in definition?.Treasures ?? [])
            if (treasure.Id == id) return treasure;
        return null;
    }
}
