using System.Text.Json;
using MassTransit;
using MassTransit.RabbitMqTransport;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Parked;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Adapter between the bus and a lane; nothing is decided here. Reads a message's bytes itself, once, for the bus would parse them
/// twice and keep both; what is no envelope is kept in the parked table instead of a queue nobody looks into.
/// </summary>
/// <param name="before">awaited before an envelope reaches its lane; null: nothing</param>
public sealed class LaneReceiver(Lane lane, ParkedTable parked, Seal seal, TimeProvider time, IBeforeLane? before) : IFilter<ReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var received = (RabbitMqReceiveContext)context;
        var body = received.Body.GetBytes();
        if (Read(body, out var why) is not { } envelope)
        {
            await ParkAsync(body, why, context.CancellationToken);
            return;
        }
        var asked = TimeSpan.Zero;
        if (before is not null)
        {
            var began = time.GetTimestamp();
            await before.BeforeAsync(envelope, context.CancellationToken);
            asked = time.GetElapsedTime(began);
        }
        if (!received.TryGetPayload<ChannelContext>(out var channel)) throw new InvalidOperationException("A RabbitMQ delivery carries its channel.");
        await lane.DeliverAsync(channel.Channel, received.DeliveryTag, received.Redelivered, envelope, asked);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("lane");

    /// <returns>null: it is no envelope of actions</returns>
    private static Envelope? Read(ReadOnlySpan<byte> body, out string why)
    {
        why = "Not an envelope of actions.";
        try
        {
            return JsonSerializer.Deserialize(body, Wire.Default.Envelope) is { Actions: { } actions } envelope && actions.All(action => action is not null) ? envelope : null;
        }
        catch (JsonException e)
        {
            why = e.Message;
            return null;
        }
    }

    private Task ParkAsync(byte[] body, string why, CancellationToken cancel) => parked.InsertAsync(
        new ParkedRow(
            Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow(), $"lane-{lane.Number}", null, null, why, seal.Close(Convert.ToBase64String(body))),
        cancel);
}

/// <summary>What a host puts in front of its lanes to get an envelope's settings, and what it takes is shown as such; a processor puts nothing there.</summary>
public interface IBeforeLane
{
    Task BeforeAsync(Envelope envelope, CancellationToken cancel);
}

/// <summary>Tells the lane which messages the bus has done with: acknowledged ones, and those that never reached the lane, so that those behind them go on.</summary>
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
