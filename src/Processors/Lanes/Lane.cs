using RabbitMQ.Client;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// The broker's side of one lane in this process: deliveries come in on any thread, leave in queue order in batches for
/// the lane's one worker. A message's task completes only after its commit (then the bus acknowledges it) or when its
/// channel is closed (then the broker takes it back). Never otherwise: a completed task on an open channel is an ack.
/// </summary>
public sealed class Lane(int number, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<Delivery> _ready = [];
    private readonly HashSet<Delivery> _open = [];
    private TaskCompletionSource _wake = NewWake();
    private IChannel? _channel;
    private IChannel? _ending;
    private Task _closing = Task.CompletedTask, _ended = Task.CompletedTask;
    private Sequencer<Delivery> _sequencer = new();
    private bool _released;

    public int Number { get; } = number;

    /// <summary>Would this process get the lane if the active one went?</summary>
    public bool Subscribed { get { lock (_lock) return _channel is { IsOpen: true }; } }

    /// <summary>Is this process the lane's consumer as far as it knows? True from the first delivery on a channel.</summary>
    public bool Active { get { lock (_lock) return _channel is { IsOpen: true } && _seenDelivery; } }

    /// <summary>Envelopes delivered and not yet committed.</summary>
    public int InHand { get { lock (_lock) return _open.Count; } }

    /// <summary>Rises with every new channel; what was cached under another generation may be stale.</summary>
    public int Generation { get { lock (_lock) return _generation; } }

    private int _generation;

    // Of the channel.
    private bool _seenDelivery, _seenFresh;
    private long _lastDelivery;

    private long? _leavingSince;

    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(250), LookEvery = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// The lane is to be given up, as soon as it <see cref="MayLeave"/>. Meanwhile it goes on working; what is committed of messages
    /// that came again is acknowledged no more.
    /// </summary>
    public void Leave()
    {
        lock (_lock) _leavingSince ??= time.GetTimestamp();
    }

    /// <summary>It is not given up after all.</summary>
    public void Stay()
    {
        lock (_lock)
        {
            _leavingSince = null;
            foreach (var delivery in _open.Where(delivery => delivery.Committed).ToArray()) Drop(delivery);
        }
    }

    /// <summary>
    /// Closing the channel now leaves the order whole. What a channel held goes back in its order, but behind what still waits of an
    /// earlier return, and a consumer that may hold less takes over a part only. It does no harm once a delivery came that nobody had
    /// before, for the broker delivers what was returned first; nor when all that goes back is committed; nor when there is nothing to go back,
    /// for which there is no sign but silence: the broker may just have made this process the active one.
    /// </summary>
    public bool MayLeave
    {
        get
        {
            lock (_lock)
            {
                if (_channel is not { IsOpen: true } || _seenFresh) return true;
                if (_open.Count > 0) return _open.All(delivery => delivery.Committed);
                return _leavingSince is { } since && time.GetElapsedTime(Math.Max(since, _lastDelivery)) >= Silence;
            }
        }
    }

    /// <summary>Completes when the lane <see cref="MayLeave"/>; a paused one that holds what came again never does.</summary>
    public async Task MayLeaveAsync(CancellationToken cancel)
    {
        while (!MayLeave) await Task.Delay(LookEvery, time, cancel);
    }

    /// <summary>A channel is about to consume the lane; all earlier ones are history.</summary>
    /// <returns>false: the lane was released for good, the channel must not consume it</returns>
    public bool Attach(IChannel channel)
    {
        lock (_lock)
        {
            if (_released) return false;
            if (ReferenceEquals(channel, _channel)) return true;
            Use(channel);
            channel.ChannelShutdownAsync += (_, _) =>
            {
                lock (_lock) Lose(channel);
                return Task.CompletedTask;
            };
            return true;
        }
    }

    /// <summary>A subscription follows; what it delivers is welcome again.</summary>
    public void Reopen()
    {
        lock (_lock) (_released, _leavingSince) = (false, null);
    }

    /// <param name="redelivered">some consumer had it before</param>
    public Task DeliverAsync(IChannel channel, ulong tag, bool redelivered, Envelope envelope)
    {
        lock (_lock)
        {
            if (!channel.IsOpen)
            {
                Lose(channel);
                return Task.CompletedTask; // out of a dead channel's buffer: the broker has it back
            }
            if (_released && !ReferenceEquals(channel, _ending)) End(channel);
            if (ReferenceEquals(channel, _ending)) return _closing; // no ack leaves after that: the broker takes it back
            if (!ReferenceEquals(channel, _channel))
            {
                if (_channel is not null)
                {
                    // An older subscription that the broker still serves. Its tags are not this channel's: the broker takes all of it back.
                    End(channel);
                    return _closing;
                }
                Use(channel);
            }
            _seenDelivery = true;
            _seenFresh |= !redelivered;
            _lastDelivery = time.GetTimestamp();
            var delivery = new Delivery(channel, envelope, _lastDelivery, time.GetUtcNow());
            _open.Add(delivery);
            _sequencer.Add(tag, delivery, _ready);
            if (_ready.Count > 0) _wake.TrySetResult();
            return delivery.Done;
        }
    }

    /// <summary>A message of this channel is over without having reached the consumer.</summary>
    public void CloseTag(IChannel channel, ulong tag)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(channel, _channel)) return;
            _sequencer.Close(tag, _ready);
            if (_ready.Count > 0) _wake.TrySetResult();
        }
    }

    public async Task WaitAsync(CancellationToken cancel)
    {
        Task wake;
        lock (_lock)
        {
            if (_ready.Count > 0) return;
            if (_wake.Task.IsCompleted) _wake = NewWake();
            wake = _wake.Task;
        }
        await wake.WaitAsync(cancel);
    }

    /// <summary>Up to so many actions of what waits, from at most so many envelopes; an envelope may be taken in parts.</summary>
    public List<Slice> Take(int maxActions, int maxEnvelopes)
    {
        var slices = new List<Slice>();
        lock (_lock)
        {
            while (_ready.TryPeek(out var delivery) && maxActions > 0 && slices.Count < maxEnvelopes)
            {
                if (!delivery.Channel.IsOpen)
                {
                    Drop(_ready.Dequeue());
                    continue;
                }
                var count = Math.Min(maxActions, delivery.Envelope.Actions.Count - delivery.Taken);
                slices.Add(new Slice(delivery, delivery.Taken, count));
                delivery.Taken += count;
                maxActions -= count;
                if (delivery.Taken == delivery.Envelope.Actions.Count) _ready.Dequeue();
            }
        }
        return slices;
    }

    /// <summary>The delivery's last action is committed and told: let the bus acknowledge it, unless the lane is about to leave.</summary>
    public void Complete(Delivery delivery)
    {
        lock (_lock)
        {
            delivery.Committed = true;
            if (_leavingSince is null || _seenFresh) Drop(delivery);
        }
    }

    /// <summary>
    /// Gives the lane up by closing its channel: the broker takes all unacknowledged messages back in order and hands
    /// them to the next consumer. Cancelling the consumer instead would break order. The worker must be at rest.
    /// </summary>
    /// <param name="forGood">refuse whatever is delivered until the lane is re-opened</param>
    /// <returns>completes when the channel is closed; never faults</returns>
    public Task Release(bool forGood)
    {
        lock (_lock)
        {
            _released |= forGood;
            if (_channel is null) return _ended;
            if (_channel.IsOpen) End(_channel);
            Forget();
            return _ended;
        }
    }

    private void Use(IChannel channel)
    {
        Forget();
        _channel = channel;
        _sequencer = new Sequencer<Delivery>();
        _generation++;
        (_seenDelivery, _seenFresh, _lastDelivery) = (false, false, time.GetTimestamp());
    }

    /// <summary>
    /// The channel is dead. What waits for an earlier delivery of it would wait for ever, and the bus, which waits for what it has
    /// handed over, would never connect again.
    /// </summary>
    private void Lose(IChannel channel)
    {
        if (ReferenceEquals(channel, _channel)) Forget();
    }

    /// <summary>Frees the held tasks once their channel is closed, so that their acks go nowhere and nothing is lost.</summary>
    private void Forget()
    {
        // Another one has taken its place while it is open, or it was ended before an older one: what it holds would be acknowledged.
        if (_channel is { IsOpen: true } && !ReferenceEquals(_channel, _ending)) End(_channel);
        _ready.Clear();
        Delivery[] held = [.. _open];
        _open.Clear();
        if (ReferenceEquals(_channel, _ending) && !_closing.IsCompleted) _ = FreeLaterAsync(_closing, held);
        else Free(held);
        _channel = null;

        static void Free(Delivery[] held)
        {
            foreach (var delivery in held) delivery.Complete();
        }

        static async Task FreeLaterAsync(Task closing, Delivery[] held)
        {
            await closing;
            Free(held);
        }
    }

    /// <summary>What the channel still delivers goes back. Does not wait.</summary>
    private void End(IChannel channel)
    {
        _ending = channel;
        (_closing, _ended) = ChannelEnd.Of(channel, time);
    }

    private void Drop(Delivery delivery)
    {
        if (_open.Remove(delivery)) delivery.Complete();
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>An envelope in this process's hands.</summary>
/// <param name="arrived">timestamp</param>
/// <param name="arrivedAt">the same by the wall clock</param>
public sealed class Delivery(IChannel channel, Envelope envelope, long arrived, DateTimeOffset arrivedAt)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IChannel Channel { get; } = channel;
    public Envelope Envelope { get; } = envelope;
    public long Arrived { get; } = arrived;
    public DateTimeOffset ArrivedAt { get; } = arrivedAt;

    /// <summary>Set by the worker when the last action is committed, before the teller gets it.</summary>
    public EnvelopeStages? Stages { get; set; }

    /// <summary>Actions handed to the worker so far. Guarded by the lane's lock.</summary>
    public int Taken { get; set; }

    /// <summary>Nothing is left to do for it; if it comes again, its actions are recognised. Guarded by the lane's lock.</summary>
    public bool Committed { get; set; }

    /// <summary>Outcomes so far, in the envelope's order. Touched by the lane's teller only.</summary>
    public List<Contracts.Actions.Outcome> Outcomes { get; } = new(envelope.Actions.Count);
    public Task Done => _done.Task;

    public void Complete() => _done.TrySetResult();
}

/// <summary>Part of an envelope: actions [From, From + Count).</summary>
public readonly record struct Slice(Delivery Delivery, int From, int Count)
{
    public bool IsLast => From + Count == Delivery.Envelope.Actions.Count;
}
