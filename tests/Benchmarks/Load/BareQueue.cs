using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>A queue with nothing behind it: what comes is consumed and acknowledged by the broker's own client in this process, and not read.</summary>
public sealed class BareQueue : IAsyncDisposable
{
    private const ushort Prefetch = 256;

    private readonly IChannel _channel;
    private readonly int _ackEvery;
    private TaskCompletionSource _consumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left;
    private long _all;

    private BareQueue(IChannel channel, string name, int ackEvery) => (_channel, Name, _ackEvery) = (channel, name, ackEvery);

    public string Name { get; }

    /// <summary>Deliveries since it was opened, what came twice counted twice.</summary>
    public long Consumed => Interlocked.Read(ref _all);

    /// <summary>Messages in it that nobody has been given.</summary>
    public async Task<long> WaitingAsync(CancellationToken cancel) => await _channel.MessageCountAsync(Name, cancel);

    /// <param name="connection">not the one that publishes: the broker slows those down</param>
    /// <param name="arguments">of the queue, which is durable</param>
    /// <param name="ackEvery">messages that one acknowledgement stands for</param>
    public static async Task<BareQueue> OpenAsync(IConnection connection, string name, Dictionary<string, object?> arguments, int ackEvery, CancellationToken cancel)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        await channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancel);
        await channel.BasicQosAsync(0, Prefetch, global: false, cancel);
        var queue = new BareQueue(channel, name, ackEvery);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) => queue.ConsumeAsync(delivery.DeliveryTag);
        await channel.BasicConsumeAsync(name, autoAck: false, consumer, cancel);
        return queue;
    }

    /// <summary>To be called before they are published, and not before those of the call before are consumed.</summary>
    /// <returns>completes when so many are consumed</returns>
    public Task ExpectAsync(int messages)
    {
        if (messages == 0) return Task.CompletedTask;
        _consumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _left, messages);
        return _consumed.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.QueueDeleteAsync(Name);
        await _channel.DisposeAsync();
    }

    private async Task ConsumeAsync(ulong deliveryTag)
    {
        Interlocked.Increment(ref _all);
        var last = Interlocked.Decrement(ref _left) == 0;
        if (last || deliveryTag % (ulong)_ackEvery == 0) await _channel.BasicAckAsync(deliveryTag, multiple: true);
        if (last) _consumed.SetResult();
    }
}
