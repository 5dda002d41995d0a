using System.Text.Json.Serialization;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Contracts.Lanes;

/// <summary>1..256 accepted actions of one lane in one AMQP message. Secrets inside are sealed (see Secrets/Seal).</summary>
/// <param name="Lane">the lane all of the actions belong to, 0-based</param>
/// <param name="Sequence">rises by one per envelope of (ingress, lane); an outcome for n therefore answers all before n too</param>
/// <param name="Ingress">instance name of the ingress that accepted the actions</param>
/// <param name="ReplyTo">queue the answer goes to; null when nobody listens</param>
/// <param name="SentAt">when it was given to the broker, by the ingress's wall clock</param>
/// <param name="TraceParent">W3C trace context of its span; null unless somebody samples</param>
/// <param name="Asked">indices of the actions whose outcomes somebody waits for, rising; null: all of them</param>
public sealed record Envelope(
    int Lane, long Sequence, string Ingress, IReadOnlyList<AcceptedAction> Actions, string? ReplyTo = null, DateTimeOffset? SentAt = null,
    string? TraceParent = null, int[]? Asked = null)
{
    public const int MaxActions = 256;

    /// <summary>Does somebody wait for the outcome of this action?</summary>
    /// <param name="action">index</param>
    public bool Asks(int action) => ReplyTo is not null && (Asked is null || Array.BinarySearch(Asked, action) >= 0);

    /// <summary>The durable queue (and exchange of the same name) of a lane.</summary>
    public static string QueueOf(int lane) => $"actions.lane-{lane}";
}

/// <summary>An action that passed the ingress: who asks is settled, its secrets are sealed.</summary>
/// <param name="Hunt">slug of the hunt</param>
/// <param name="Actor">subject of the token</param>
/// <param name="Fingerprint">keyed hash of the plain body, 22 characters: same id with another fingerprint is a conflict</param>
/// <param name="AcceptedAt">when the ingress took it in</param>
/// <param name="OccurredAt">only from a service token and only used by hunts with clock: imported</param>
/// <param name="Service">asked with a service token: a team it registers has no player of its own</param>
public sealed record AcceptedAction(
    string Hunt, string Actor, string Fingerprint, DateTimeOffset AcceptedAt, HuntAction Action, DateTimeOffset? OccurredAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Service = false);

/// <summary>What became of envelopes of an ingress, those of a lane in their order. Sent after the commit.</summary>
public sealed record CommittedOutcomes(string Ingress, IReadOnlyList<EnvelopeOutcomes> Envelopes);

/// <summary>The envelope is decided. What became of its actions that were asked for, in their order.</summary>
public sealed record EnvelopeOutcomes(int Lane, long Sequence, IReadOnlyList<Outcome> Outcomes, EnvelopeStages? Stages = null);

/// <summary>Committed facts, for boards and feeds. Version ranges let a view see a gap and fetch it.</summary>
/// <param name="CommittedAt">by the processor's wall clock; of the first of the batches that travel together</param>
/// <param name="TraceParent">W3C trace context of a batch's span; null unless somebody samples</param>
public sealed record CommittedFacts(
    string Processor, IReadOnlyList<HuntFacts> Hunts, DateTimeOffset? CommittedAt = null, string? TraceParent = null);

/// <summary>
/// The public facts a hunt gained between two stream versions: those in (After, UpTo] that a view folds.
/// After = UpTo with no facts says only "this is where the stream stands".
/// </summary>
public sealed record HuntFacts(string Hunt, long After, long UpTo, AnnouncedFacts Facts);

/// <summary>A message of the AMQP intake that could not be accepted: kept with its cause, its bytes sealed.</summary>
/// <param name="Body">base64 of the message's bytes, sealed</param>
public sealed record ParkedIntake(Guid Id, DateTimeOffset At, string Cause, string Body, string? Hunt = null);
