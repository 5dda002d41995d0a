using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Lanes;

/// <summary>
/// Where a message's time goes. <see cref="Accepted"/>, <see cref="Settings"/>, <see cref="Queued"/>, <see cref="Waiting"/>, <see cref="Settings"/> again,
/// <see cref="Decided"/>, <see cref="Committed"/> and <see cref="Answered"/> follow each other without a gap; the others run beside them.
/// </summary>
public enum Stage
{
    /// <summary>Ingress: taken in until its envelope is sent, without the pace: mostly the confirm of the envelope before.</summary>
    Accepted,

    /// <summary>Ingress, beside queued: sent until the broker confirms.</summary>
    Confirmed,

    /// <summary>Sent until delivered to the processor that works it: the broker, and what waits before it in the lane.</summary>
    Queued,

    /// <summary>Processor: delivered until its batch begins, without what the settings cost: order being restored, and the batch before.</summary>
    Waiting,

    /// <summary>What the configuration costs: the pace (ingress and processor), the gate (lane.paused), a commit's turn (lane.concurrency), and reading the settings.</summary>
    Settings,

    /// <summary>Processor: hunts loaded, ids looked up, decided and folded; of the try that was committed.</summary>
    Decided,

    /// <summary>Processor: the commit, and the tries before that failed.</summary>
    Committed,

    /// <summary>Processor, beside answered: committed until the results are with the broker.</summary>
    Told,

    /// <summary>Committed until the outcome is back at the ingress.</summary>
    Answered,

    /// <summary>Committed until a view of the ingress has folded it.</summary>
    Visible,
}

/// <summary>
/// What the processor knows of an envelope's stages; travels back with its outcomes. All of the batch that ended the envelope: one that was taken in parts
/// counts those before as waiting. Durations in microseconds by the processor's monotonic clock.
/// </summary>
/// <param name="DeliveredAt">by the processor's wall clock</param>
/// <param name="BatchActions">actions committed with it in one transaction</param>
/// <param name="BatchEnvelopes">envelopes these actions came in</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record EnvelopeStages(
    DateTimeOffset DeliveredAt, long WaitingMicros, long SettingsMicros, long DecidedMicros, long CommittedMicros, int BatchActions, int BatchEnvelopes);
