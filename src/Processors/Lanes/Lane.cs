using RabbitMQ.Client;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// The broker's side of one lane in this process: deliveries come in on any thread, leave in queue order in batches for
/// the lane's one worker. A message's task completes only after its commit (then the bus acknowledges it) or when its
/// channel is gone (then the broker has it back): see <see cref="LaneChannel"/>.
/// </summary>
public sealed class Lane(int number, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<Delivery> _ready = [];
    private readonly List<LaneChannel> _channels = []; // that are not gone
    private LaneChannel? _channel; // the one whose deliveries are worked on
    private Task _ended = Task.CompletedTask;
    private TaskCompletionSource _wake = NewWake();
    private bool _released;
    private int _generation;
    private long? _leavingSince;
    private long _lastDone = long.MinValue; // timestamp

    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(250), LookEvery = TimeSpan.FromMilliseconds(10);

    public int Number { get; } = number;

    /// <summary>Would this process get the lane if the active one went?</summary>
    public bool Subscribed { get { lock (_lock) return _channel is { IsOpen: true }; } }

    /// <summary>Is this process the lane's consumer as far as it knows? True from the first delivery on a channel.</summary>
    public bool Active { get { lock (_lock) return _channel is { IsOpen: true, SeenDelivery: true }; } }

    /// <summary>Envelopes delivered and not yet committed.</summary>
    public int InHand { get { lock (_lock) return _channel is { IsOpen: true } channel ? channel.Held.Count : 0; } }

    /// <summary>For so long there has been something in hand, and none of it got done; zero: there is nothing.</summary>
    public TimeSpan StandsStillFor
    {
        get
        {
            lock (_lock)
                return _channel is { IsOpen: true, Held.Count: > 0 } channel ? time.GetElapsedTime(Math.Max(channel.Held.Min(delivery => delivery.Arrived), _lastDone)) : TimeSpan.Zero;
        }
    }

    /// <summary>So many actions wait for the worker that a batch of them costs each as little as one of more.</summary>
    public bool HasPlenty { get { lock (_lock) return _ready.Sum(delivery => delivery.Envelope.Actions.Count - delivery.Taken) >= Envelope.MaxActions; } }

    /// <summary>Rises with every new channel; what was cached under another generation may be stale.</summary>
    public int Generation { get { lock (_lock) return _generation; } }

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
            if (_channel is not { } channel) return;
            foreach (var delivery in channel.Held.Where(delivery => delivery.Committed).ToArray()) channel.Free(delivery);
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
                if (_channel is not { IsOpen: true } channel || channel.SeenFresh) return true;
                if (channel.Held.Count > 0) return channel.Held.All(delivery => delivery.Committed);
                return _leavingSince is { } since && time.GetElapsedTime(Math.Max(since, channel.LastDelivery)) >= Silence;
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
            if (Known(channel) is { } known && known != _channel) Use(known);
            return true;
        }
    }

    /// <summary>A subscription follows; what it delivers is welcome again.</summary>
    public void Reopen()
    {
        lock (_lock) (_released, _leavingSince) = (false, null);
    }

    /// <param name="redelivered">some consumer had it before</param>
    /// <param name="asked">how long its settings were asked for before</param>
    public Task DeliverAsync(IChannel channel, ulong tag, bool redelivered, Envelope envelope, TimeSpan asked = default)
    {
        lock (_lock)
        {
            if (Known(channel) is not { } from) return Task.CompletedTask; // out of a dead channel's buffer: the broker has it back
            var delivery = new Delivery(from, tag, envelope, time.GetTimestamp(), time.GetUtcNow() - asked, asked);
            from.Hold(delivery);
            if (from.IsOpen && !_released && _channel is null) Use(from);
            if (!from.IsOpen) return delivery.Done;
            if (from != _channel)
            {
                // An older subscription that the broker still serves. Its tags are not this channel's: the broker takes all of it back.
                _ended = from.End();
                return delivery.Done;
            }
            from.Note(fresh: !redelivered);
            from.Sequencer.Add(tag, delivery, _ready);
            if (_ready.Count > 0) _wake.TrySetResult();
            return delivery.Done;
        }
    }

    /// <summary>The bus has done with a message of this channel; when it never reached the consumer, those behind it go on.</summary>
    public void CloseTag(IChannel channel, ulong tag)
    {
        lock (_lock)
        {
            if (_channels.Find(known => known.Client == channel) is not { } from) return;
            from.Over(tag);
            if (from != _channel) return;
            from.Sequencer.Close(tag, _ready);
            if (_ready.Count > 0) _wake.TrySetResult();
        }
    }

    /// <summary>Until something waits for the worker.</summary>
    /// <returns>false: nothing did in this time</returns>
    public async Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancel)
    {
        Task wake;
        lock (_lock)
        {
            if (_ready.Count > 0) return true;
            if (_wake.Task.IsCompleted) _wake = NewWake();
            wake = _wake.Task;
        }
        try
        {
            await wake.WaitAsync(limit, time, cancel);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
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
                    _ready.Clear(); // all of it is of that channel, and goes back
                    break;
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

    /// <summary>The slices' channel is what the lane is worked on still.</summary>
    public bool Has(List<Slice> slices)
    {
        lock (_lock) return slices.TrueForAll(slice => slice.Delivery.Channel.IsOpen);
    }

    /// <summary>The delivery's last action is committed and told: let the bus acknowledge it, unless the lane is about to leave.</summary>
    public void Complete(Delivery delivery)
    {
        lock (_lock)
        {
            delivery.Committed = true;
            _lastDone = time.GetTimestamp();
            if (_leavingSince is null || delivery.Channel.SeenFresh) delivery.Channel.Free(delivery);
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
            Forget();
            return _ended;
        }
    }

    /// <summary>Every channel is known from its <see cref="Attach"/> until it is gone; null: it is.</summary>
    private LaneChannel? Known(IChannel channel)
    {
        if (_channels.Find(known => known.Client == channel) is { } known) return known;
        if (!channel.IsOpen) return null; // it was known, and is gone
        var added = new LaneChannel(channel, time);
        _channels.Add(added);
        channel.ChannelShutdownAsync += (_, _) =>
        {
            lock (_lock) Lose(added);
            return Task.CompletedTask;
        };
        return added.IsGone ? null : added;
    }

    private void Use(LaneChannel channel)
    {
        Forget();
        _channel = channel;
        _generation++;
    }

    /// <summary>
    /// What waits for an earlier delivery of a dead channel would wait for ever, and the bus, which waits for what it has
    /// handed over, would never connect again.
    /// </summary>
    private void Lose(LaneChannel channel)
    {
        channel.Gone();
        _channels.Remove(channel);
        if (channel == _channel) Forget();
    }

    /// <summary>Nothing of its channel is worked on any more, and the broker gets back what it holds.</summary>
    private void Forget()
    {
        _ready.Clear();
        if (_channel is { IsOpen: true } channel) _ended = channel.End();
        _channel = null;
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
