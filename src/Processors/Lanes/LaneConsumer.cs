using MassTransit;
using MassTransit.RabbitMqTransport;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Processors.Parked;

namespace TreasureHunt.Processors.Lanes;

/// <summary>Adapter between the bus and a lane; nothing is decided here.</summary>
public sealed class LaneConsumer(Lane lane) : IConsumer<Envelope>
{
    public Task Consume(ConsumeContext<Envelope> context)
    {
        if (!IsWhole(context.Message)) throw new InvalidDataException("Not an envelope of actions."); // parked, see ParkUnreadable
        var received = (RabbitMqReceiveContext)context.ReceiveContext;
        return received.TryGetPayload<ChannelContext>(out var channel)
            ? lane.DeliverAsync(channel.Channel, received.DeliveryTag, received.Redelivered, context.Message)
            : throw new InvalidOperationException("A RabbitMQ delivery carries its channel.");
    }

    /// <summary>What the JSON reader lets through all the same: a message "null", and nulls in the list.</summary>
    private static bool IsWhole(Envelope? envelope)
    {
        if (envelope is null) return false;
        foreach (var action in envelope.Actions)
            if (action is null) return false;
        return true;
    }
}

/// <summary>Tells the lane of messages that never reached its consumer, so that those behind them go on.</summary>
public sealed class LaneObserver(Lane lane) : IReceiveObserver
{
    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => CloseTag(context);

    public Task ReceiveFault(ReceiveContext context, Exception exception) => CloseTag(context);

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class =>
        Task.CompletedTask;

    private Task CloseTag(ReceiveContext context)
    {
        if (context is RabbitMqReceiveContext received && received.TryGetPayload<ChannelContext>(out var channel))
            lane.CloseTag(channel.Channel, received.DeliveryTag);
        return Task.CompletedTask;
    }
}

/// <summary>
/// Notes each new channel of the lane before it consumes, so that the lane can be released while idle. Once the subscription is
/// given up it gets no channel any more: the bus replaces one that is closed under it, and would consume beside the next subscription.
/// </summary>
/// <param name="connected">told the connection of every channel</param>
/// <param name="givenUp">cancelled before the lane is released</param>
public sealed class LaneChannelFilter(Lane lane, Action<RabbitMQ.Client.IConnection> connected, CancellationToken givenUp) : IFilter<ChannelContext>
{
    public Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        if (givenUp.IsCancellationRequested || !lane.Attach(context.Channel))
            throw new OperationCanceledException("This subscription to the lane was given up.");
        connected(context.ConnectionContext.Connection);
        return next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("lane");
}

/// <summary>Lane messages that cannot be read are kept in the parked table instead of a queue nobody looks into.</summary>
public sealed class ParkUnreadable<T>(Lane lane, ParkedTable table, Contracts.Secrets.Seal seal, TimeProvider time) : IFilter<T>
    where T : class, ReceiveContext
{
    public async Task Send(T context, IPipe<T> next)
    {
        var cause = context is ExceptionReceiveContext failed
            ? (failed.Exception.InnerException ?? failed.Exception).Message
            : "Not an envelope of actions.";
        await table.InsertAsync(
            new ParkedRow(
                Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow(), $"lane-{lane.Number}", null, null, cause,
                seal.Close(Convert.ToBase64String(context.GetBody()))),
            context.CancellationToken);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("park");
}
