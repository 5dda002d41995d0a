using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Parked;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Benchmarks.Arms.RawLanes;

/// <summary>
/// One lane consumed by the broker's own client: one delivery at a time, so that queue order needs no restoring, and one
/// acknowledgement for all that a commit ended. Takes the lane up anew whenever its channel has ended.
/// </summary>
public sealed class RawLane(Lane lane, HuntOptions options, LiveSettings settings, ParkedTable parked, Seal seal, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan BeforeNextTry = TimeSpan.FromMilliseconds(200);

    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the first subscription.</summary>
    public Task Subscribed => _subscribed.Task;

    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await ConsumeAsync(cancel);
            }
            catch (Exception e)
            {
                if (cancel.IsCancellationRequested) return;
                log.LogWarning("Lane {Lane}: its subscription ended ({Why}); it is made anew.", lane.Number, e.Message);
                await Task.Delay(BeforeNextTry, time, CancellationToken.None);
            }
        }
    }

    /// <summary>Ends with the channel.</summary>
    private async Task ConsumeAsync(CancellationToken cancel)
    {
        var factory = new ConnectionFactory
        {
            Uri = options.RabbitMq, ClientProvidedName = $"{options.Instance}/lane-{lane.Number}",
            AutomaticRecoveryEnabled = false, RequestedHeartbeat = TimeSpan.FromSeconds(5),
        };
        var prefetch = settings.Current.Lane.Prefetch;
        await using var connection = await factory.CreateConnectionAsync(cancel);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(false, false, consumerDispatchConcurrency: 1), cancel);
        var delivered = Channel.CreateBounded<(ulong Tag, Task Done)>(prefetch); // the broker hands out no more
        channel.ChannelShutdownAsync += (_, _) =>
        {
            delivered.Writer.TryComplete();
            return Task.CompletedTask;
        };
        lane.Reopen();
        lane.Attach(channel);
        await channel.BasicQosAsync(0, (ushort)prefetch, global: false, cancel);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) => await delivered.Writer.WriteAsync((delivery.DeliveryTag, await TakeAsync(channel, delivery)));
        await channel.BasicConsumeAsync(Envelope.QueueOf(lane.Number), autoAck: false, consumer, cancel);
        _subscribed.TrySetResult();
        await AcknowledgeAsync(channel, delivered.Reader);
    }

    /// <returns>completes when the delivery may be acknowledged</returns>
    private async Task<Task> TakeAsync(IChannel channel, BasicDeliverEventArgs delivery)
    {
        try
        {
            if (JsonSerializer.Deserialize(delivery.Body.Span, Wire.Default.Envelope) is { } envelope && envelope.Actions.All(action => action is not null))
                return lane.DeliverAsync(channel, delivery.DeliveryTag, delivery.Redelivered, envelope);
        }
        catch (JsonException)
        {
            // parked below
        }
        var body = seal.Close(Convert.ToBase64String(delivery.Body.Span));
        await parked.InsertAsync(
            new ParkedRow(Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow(), $"lane-{lane.Number}", null, null, "Not an envelope of actions.", body), CancellationToken.None);
        lane.CloseTag(channel, delivery.DeliveryTag);
        return Task.CompletedTask;
    }

    /// <summary>Deliveries end in the order they came: the last one that is done stands for all before it.</summary>
    private async Task AcknowledgeAsync(IChannel channel, ChannelReader<(ulong Tag, Task Done)> delivered)
    {
        await foreach (var first in delivered.ReadAllAsync(CancellationToken.None))
        {
            await first.Done;
            var last = first.Tag;
            while (delivered.TryPeek(out var next) && next.Done.IsCompleted && delivered.TryRead(out next)) last = next.Tag;
            try
            {
                if (channel.IsOpen) await channel.BasicAckAsync(last, multiple: true);
            }
            catch (AlreadyClosedException)
            {
                // the broker takes back what was not acknowledged; what is stored already is recognised
            }
            for (var tag = first.Tag; tag <= last; tag++) lane.CloseTag(channel, tag);
        }
    }
}
