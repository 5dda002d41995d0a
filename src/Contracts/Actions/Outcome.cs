using System.Text.Json.Serialization;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Contracts.Actions;

[JsonConverter(typeof(JsonStringEnumConverter<OutcomeStatus>))]
public enum OutcomeStatus
{
    /// <summary>It happened: see the fact.</summary>
    Applied,
    /// <summary>A business no, stored with its code.</summary>
    Refused,
    /// <summary>The engine could not process it; kept with its cause, replayable.</summary>
    Parked,
    /// <summary>The same action id was used before with another body. Nothing was stored.</summary>
    Conflict,
}

/// <summary>What became of an action. Travels from the processor to the ingress that asked.</summary>
/// <param name="Version">the hunt's stream version of the fact; 0 for a conflict</param>
/// <param name="Fact">the stored fact without its guess; null for a conflict</param>
public sealed record Outcome(Guid ActionId, string Hunt, string Actor, OutcomeStatus Status, long Version, HuntFact? Fact = null)
{
    public static Outcome Of(string hunt, long version, HuntFact fact)
    {
        var stamp = fact.Stamp ?? throw new ArgumentException("A stored fact carries its stamp.", nameof(fact));
        var status = fact switch
        {
            ActionRefused => OutcomeStatus.Refused,
            ActionParked => OutcomeStatus.Parked,
            _ => OutcomeStatus.Applied,
        };
        return new Outcome(stamp.ActionId, hunt, stamp.Actor, status, version, fact.WithoutGuess());
    }
}
