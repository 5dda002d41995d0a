using RabbitMQ.Client;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// A channel that consumes the lane, or did, and what it holds. A delivery's task completes when it is <see cref="Free"/>d, which
/// is an acknowledgement, or when the channel <see cref="IsGone"/>: then the client sends nothing on it any more, and the broker has
/// all of it back. Never between: <see cref="IChannel.IsOpen"/> turns false before the close has left, and an acknowledgement still
/// passes it (docs/adr/0013). Guarded by the lane's lock.
/// </summary>
public sealed class LaneChannel(IChannel channel, TimeProvider time)
{
    /// <summary>A broker that does not answer in this time has lost the channel, or us.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly HashSet<Delivery> _held = [];
    private readonly HashSet<ulong> _acks = []; // freed, and their acknowledgements not yet sent
    private readonly TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _ended;

    public IChannel Client => channel;

    /// <summary>It may be worked for: open, and nobody is closing it.</summary>
    public bool IsOpen => _ended is null && !IsGone && channel.IsOpen;

    /// <summary>The client has closed it and sends nothing on it.</summary>
    public bool IsGone { get; private set; }

    public Sequencer<Delivery> Sequencer { get; } = new();

    /// <summary>Deliveries neither freed nor gone.</summary>
    public IReadOnlyCollection<Delivery> Held => _held;

    /// <summary>A delivery came; nobody had it before.</summary>
    public bool SeenDelivery { get; private set; }

    /// <inheritdoc cref="SeenDelivery"/>
    public bool SeenFresh { get; private set; }

    /// <summary>Timestamp; of the subscription as long as none came.</summary>
    public long LastDelivery { get; private set; } = time.GetTimestamp();

    /// <param name="fresh">nobody had it before</param>
    public void Note(bool fresh)
    {
        (SeenDelivery, LastDelivery) = (true, time.GetTimestamp());
        SeenFresh |= fresh;
    }

    /// <summary>Its task is the bus's now.</summary>
    public void Hold(Delivery delivery) => _held.Add(delivery);

    /// <summary>Lets the bus acknowledge it; on a channel that is ending the broker has it back instead.</summary>
    public void Free(Delivery delivery)
    {
        if (!IsOpen || !_held.Remove(delivery)) return;
        _acks.Add(delivery.Tag);
        delivery.Complete();
    }

    /// <summary>The bus has done with the message.</summary>
    public void Over(ulong tag)
    {
        if (_acks.Remove(tag) && _acks.Count == 0 && _ended is not null) _quiet.TrySetResult();
    }

    /// <summary>
    /// Closes it, whereupon the broker takes all unacknowledged messages back in order. Not by provoking the broker into closing it: a
    /// quorum queue (3.10) goes on delivering to such a channel. Acknowledgements under way are let out first: one that comes after the
    /// broker's reply to the close makes it end the connection.
    /// </summary>
    /// <returns>Completes when the broker has answered, or does not. Never faults. Whoever stops the bus's endpoint waits for it.</returns>
    public Task End() => _ended ??= EndAsync();

    public void Gone()
    {
        IsGone = true;
        foreach (var delivery in _held) delivery.Complete();
        _held.Clear();
        _quiet.TrySetResult();
    }

    private async Task EndAsync()
    {
        if (_acks.Count > 0) await _quiet.Task.WaitAsync(Limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await channel.CloseAsync(200, "lane released", abort: true, CancellationToken.None).WaitAsync(Limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
