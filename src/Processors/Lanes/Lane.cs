using RabbitMQ.Client;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// The broker's side of one lane in this process: deliveries come in on any thread, leave in queue order in batches for
/// the lane's one worker. A message's task completes only after its commit (then the bus acknowledges it) or when its
/// channel is closed (then the broker has taken it back). Never otherwise: a completed task on an open channel is an ack.
/// </summary>
public sealed class Lane(int number)
{
    private readonly Lock _lock = new();
    private readonly Queue<Delivery> _ready = [];
    private readonly HashSet<Delivery> _open = [];
    private TaskCompletionSource _wake = NewWake();
    private IChannel? _channel;
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
    private bool _seenDelivery;

    /// <summary>A channel is about to consume the lane; all earlier ones are history.</summary>
    public void Attach(IChannel channel)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(channel, _channel)) Use(channel);
        }
    }

    /// <summary>A subscription follows; what it delivers is welcome again.</summary>
    public void Reopen()
    {
        lock (_lock) _released = false;
    }

    public Task DeliverAsync(IChannel channel, ulong tag, Envelope envelope)
    {
        lock (_lock)
        {
            if (!channel.IsOpen) return Task.CompletedTask; // out of a dead channel's buffer: the broker has it back
            if (_released)
            {
                CloseNow(channel);
                return Task.CompletedTask;
            }
            if (!ReferenceEquals(channel, _channel)) Use(channel);
            _seenDelivery = true;
            var delivery = new Delivery(channel, envelope);
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

    /// <summary>The delivery's last action is committed: let the bus acknowledge it.</summary>
    public void Complete(Delivery delivery)
    {
        lock (_lock) Drop(delivery);
    }

    /// <summary>
    /// Gives the lane up by closing its channel: the broker takes all unacknowledged messages back in order and hands
    /// them to the next consumer. Cancelling the consumer instead would break order. The worker must be at rest.
    /// </summary>
    /// <param name="forGood">refuse whatever is delivered from now on (shutdown)</param>
    public void Release(bool forGood)
    {
        lock (_lock)
        {
            _released |= forGood;
            if (_channel is null) return;
            CloseNow(_channel);
            Forget();
        }
    }

    private void Use(IChannel channel)
    {
        Forget();
        _channel = channel;
        _sequencer = new Sequencer<Delivery>();
        _generation++;
        _seenDelivery = false;
    }

    /// <summary>Frees the held tasks: their channel is closed, so their acks go nowhere and nothing is lost.</summary>
    private void Forget()
    {
        _ready.Clear();
        foreach (var delivery in _open) delivery.Complete();
        _open.Clear();
        _channel = null;
    }

    private void Drop(Delivery delivery)
    {
        if (_open.Remove(delivery)) delivery.Complete();
    }

    /// <summary>
    /// Starts the close and does not wait: it is in force for our acks at once, while its reply waits for the handlers,
    /// which wait for us.
    /// </summary>
    private static void CloseNow(IChannel channel) =>
        _ = channel.CloseAsync(200, "lane released", abort: true, CancellationToken.None);

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>An envelope in this process's hands.</summary>
public sealed class Delivery(IChannel channel, Envelope envelope)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IChannel Channel { get; } = channel;
    public Envelope Envelope { get; } = envelope;

    /// <summary>Actions handed to the worker so far. Guarded by the lane's lock.</summary>
    public int Taken { get; set; }

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
