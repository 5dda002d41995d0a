using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Processors.Lanes;

/// <summary>An envelope in this process's hands.</summary>
/// <param name="arrived">timestamp: it is the lane's</param>
/// <param name="arrivedAt">by the wall clock, before its settings were asked for</param>
/// <param name="asked">how long its settings were asked for in front of the lane</param>
public sealed class Delivery(LaneChannel channel, ulong tag, Envelope envelope, long arrived, DateTimeOffset arrivedAt, TimeSpan asked = default)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LaneChannel Channel { get; } = channel;

    /// <summary>Of the channel: 1, 2, 3 …</summary>
    public ulong Tag { get; } = tag;
    public Envelope Envelope { get; } = envelope;
    public long Arrived { get; } = arrived;
    public DateTimeOffset ArrivedAt { get; } = arrivedAt;
    public TimeSpan Asked { get; } = asked;

    /// <summary>Set by the worker when the last action is committed, before the teller gets it.</summary>
    public EnvelopeStages? Stages { get; set; }

    /// <summary>Actions handed to the worker so far. Guarded by the lane's lock.</summary>
    public int Taken { get; set; }

    /// <summary>Nothing is left to do for it; if it comes again, its actions are recognised. Guarded by the lane's lock.</summary>
    public bool Committed { get; set; }

    /// <summary>Outcomes so far of the actions that were asked for, in the envelope's order. Touched by the lane's teller only.</summary>
    public List<Contracts.Actions.Outcome> Outcomes { get; } = [];
    public Task Done => _done.Task;

    public void Complete() => _done.TrySetResult();
}

/// <summary>Part of an envelope: actions [From, From + Count).</summary>
public readonly record struct Slice(Delivery Delivery, int From, int Count)
{
    public bool IsLast => From + Count == Delivery.Envelope.Actions.Count;
}
