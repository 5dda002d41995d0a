using System.Diagnostics.CodeAnalysis;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace TreasureHunt.Prefetch;

/// <summary>Passes every call on to the real channel context.</summary>
internal abstract class ChannelContextDecorator(ChannelContext channel) : ChannelContext
{
    public CancellationToken CancellationToken => channel.CancellationToken;
    public IChannel Channel => channel.Channel;
    public ConnectionContext ConnectionContext => channel.ConnectionContext;

    public bool HasPayloadType(Type payloadType) => channel.HasPayloadType(payloadType);

    public bool TryGetPayload<T>([NotNullWhen(true)] out T? payload) where T : class => channel.TryGetPayload(out payload);

    public T GetOrAddPayload<T>(PayloadFactory<T> payloadFactory) where T : class => channel.GetOrAddPayload(payloadFactory);

    public T AddOrUpdatePayload<T>(PayloadFactory<T> addFactory, UpdatePayloadFactory<T> updateFactory) where T : class =>
        channel.AddOrUpdatePayload(addFactory, updateFactory);

    public virtual Task BasicQos(uint prefetchSize, ushort prefetchCount, bool global, CancellationToken cancellationToken) =>
        channel.BasicQos(prefetchSize, prefetchCount, global, cancellationToken);

    public virtual Task<string> BasicConsume(
        string queue, bool noAck, bool exclusive, IDictionary<string, object> arguments, IAsyncBasicConsumer consumer, string consumerTag,
        CancellationToken cancellationToken) =>
        channel.BasicConsume(queue, noAck, exclusive, arguments, consumer, consumerTag, cancellationToken);

    public virtual Task BasicCancel(string consumerTag, CancellationToken cancellationToken) =>
        channel.BasicCancel(consumerTag, cancellationToken);

    public virtual ValueTask BasicAck(ulong deliveryTag, bool multiple, CancellationToken cancellationToken) =>
        channel.BasicAck(deliveryTag, multiple, cancellationToken);

    public virtual Task BasicNack(ulong deliveryTag, bool multiple, bool requeue, CancellationToken cancellationToken) =>
        channel.BasicNack(deliveryTag, multiple, requeue, cancellationToken);

    public Task BasicPublishAsync(
        string exchange, string routingKey, bool mandatory, BasicProperties basicProperties, byte[] body, bool awaitAck,
        CancellationToken cancellationToken) =>
        channel.BasicPublishAsync(exchange, routingKey, mandatory, basicProperties, body, awaitAck, cancellationToken);

    public Task ExchangeBind(
        string destination, string source, string routingKey, IDictionary<string, object> arguments, CancellationToken cancellationToken) =>
        channel.ExchangeBind(destination, source, routingKey, arguments, cancellationToken);

    public Task ExchangeDeclare(
        string exchange, string type, bool durable, bool autoDelete, IDictionary<string, object> arguments, CancellationToken cancellationToken) =>
        channel.ExchangeDeclare(exchange, type, durable, autoDelete, arguments, cancellationToken);

    public Task ExchangeDeclarePassive(string exchange, CancellationToken cancellationToken) =>
        channel.ExchangeDeclarePassive(exchange, cancellationToken);

    public Task QueueBind(
        string queue, string exchange, string routingKey, IDictionary<string, object> arguments, CancellationToken cancellationToken) =>
        channel.QueueBind(queue, exchange, routingKey, arguments, cancellationToken);

    public Task<QueueDeclareOk> QueueDeclare(
        string queue, bool durable, bool exclusive, bool autoDelete, IDictionary<string, object> arguments, CancellationToken cancellationToken) =>
        channel.QueueDeclare(queue, durable, exclusive, autoDelete, arguments, cancellationToken);

    public Task<QueueDeclareOk> QueueDeclarePassive(string queue, CancellationToken cancellationToken) =>
        channel.QueueDeclarePassive(queue, cancellationToken);

    public Task<uint> QueuePurge(string queue, CancellationToken cancellationToken) => channel.QueuePurge(queue, cancellationToken);

    public void NotifyFaulted(Exception exception, Uri inputAddress) => channel.NotifyFaulted(exception, inputAddress);
}
