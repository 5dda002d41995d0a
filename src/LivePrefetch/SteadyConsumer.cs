using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TreasureHunt.Prefetch;

/// <summary>
/// Stands before the real consumer and shows it one uninterrupted life: the first ConsumeOk, and a CancelOk only once its
/// end was asked for. Called by the client's dispatch loops, several at once.
/// </summary>
internal sealed class SteadyConsumer(IAsyncBasicConsumer consumer, OutstandingDeliveries deliveries) : IAsyncBasicConsumer
{
    private int _started;
    private volatile string? _lastTag;

    public IChannel? Channel => consumer.Channel;

    /// <summary>The CancelOk of this tag is the last one; late ones of earlier hand-overs stay hidden.</summary>
    public void EndsWith(string tag) => _lastTag = tag;

    public Task HandleBasicConsumeOkAsync(string consumerTag, CancellationToken cancellationToken = default) =>
        Interlocked.Exchange(ref _started, 1) == 0 ? consumer.HandleBasicConsumeOkAsync(consumerTag, cancellationToken) : Task.CompletedTask;

    public Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken = default) =>
        consumerTag == _lastTag ? consumer.HandleBasicCancelOkAsync(consumerTag, cancellationToken) : Task.CompletedTask;

    /// <summary>By the broker, because the queue is gone: that concerns whichever tag it names.</summary>
    public Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default) =>
        consumer.HandleBasicCancelAsync(consumerTag, cancellationToken);

    public Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        deliveries.Delivered(deliveryTag, consumerTag);
        return consumer.HandleBasicDeliverAsync(consumerTag, deliveryTag, redelivered, exchange, routingKey, properties, body, cancellationToken);
    }

    public Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason) => consumer.HandleChannelShutdownAsync(channel, reason);
}
