using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Ceilings;

/// <summary>
/// The broker with nothing behind it: one action per message, persistent, mandatory and confirmed, through as many queues as there are lanes, consumed and
/// acknowledged by the broker's own client in this process. No reading of messages, no decision, no store.
/// </summary>
public sealed class RawTwin : IAsyncDisposable
{
    private const ushort Prefetch = 256;

    /// <summary>Messages that one acknowledgement stands for where they are not acknowledged one by one.</summary>
    private const int AckEvery = 64;

    private static readonly BasicProperties Persistent = new() { Persistent = true, ContentType = "application/json" };

    private readonly IConnection _publishing, _consuming;
    private readonly IChannel[] _publishers;
    private readonly long[] _left;
    private long _leftInAll;
    private TaskCompletionSource _consumed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RawTwin(IConnection publishing, IConnection consuming, int queues) =>
        (_publishing, _consuming, _publishers, _left) = (publishing, consuming, new IChannel[queues], new long[queues]);

    public static async Task<IReadOnlyList<Ceiling>> MeasureAllAsync(Box box, AcceptedAction[] actions, int? broker, CancellationToken cancel)
    {
        (int Queue, byte[] Body)[] messages =
            [.. actions.Select(action => (LaneHash.LaneOf(action.Hunt, box.Lanes), JsonSerializer.SerializeToUtf8Bytes(action, Wire.Default.AcceptedAction)))];
        var ceilings = new List<Ceiling>();
        foreach (var (what, arguments, ackEvery) in new[]
        {
            ("the lanes' queues (quorum, single active consumer), one ack for 64", LaneTopology.LaneArguments(), AckEvery),
            ("the same, an ack for each", LaneTopology.LaneArguments(), 1),
            ("classic durable queues, one ack for 64", new Dictionary<string, object?>(), AckEvery),
        })
        {
            await using var twin = await OpenAsync(box, arguments, ackEvery, cancel);
            await twin.PassAsync(messages[..(messages.Length / 5)]); // warm-up
            ceilings.Add(await Ceiling.MeasureAsync(CeilingsPlan.Broker, what, messages.Length, [broker], () => twin.PassAsync(messages)));
        }
        return ceilings;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (publisher, queue) in _publishers.Select((publisher, queue) => (publisher, queue))) await publisher.QueueDeleteAsync(QueueOf(queue));
        await _consuming.DisposeAsync();
        await _publishing.DisposeAsync();
    }

    private static string QueueOf(int queue) => $"bench-raw-{queue}";

    private static async Task<RawTwin> OpenAsync(Box box, Dictionary<string, object?> arguments, int ackEvery, CancellationToken cancel)
    {
        var factory = new ConnectionFactory { Uri = box.Servers!.RabbitMq, ClientProvidedName = "bench/raw-twin" };
        var twin = new RawTwin(await factory.CreateConnectionAsync(cancel), await factory.CreateConnectionAsync(cancel), box.Lanes);
        for (var queue = 0; queue < box.Lanes; queue++)
        {
            var publisher = twin._publishers[queue] = await twin._publishing.CreateChannelAsync(ClientDoor.Confirming, cancel);
            await publisher.QueueDeclareAsync(QueueOf(queue), durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancel);
            await twin.ConsumeAsync(queue, ackEvery, cancel);
        }
        return twin;
    }

    private async Task ConsumeAsync(int queue, int ackEvery, CancellationToken cancel)
    {
        var channel = await _consuming.CreateChannelAsync(cancellationToken: cancel);
        await channel.BasicQosAsync(0, Prefetch, global: false, cancel);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            var last = Interlocked.Decrement(ref _left[queue]) == 0;
            if (last || delivery.DeliveryTag % (ulong)ackEvery == 0) await channel.BasicAckAsync(delivery.DeliveryTag, multiple: true);
            if (Interlocked.Decrement(ref _leftInAll) == 0) _consumed.SetResult();
        };
        await channel.BasicConsumeAsync(QueueOf(queue), autoAck: false, consumer, cancel);
    }

    /// <summary>As many senders as in the pipeline's closed loop; over when all is confirmed and consumed.</summary>
    private async Task PassAsync((int Queue, byte[] Body)[] messages)
    {
        foreach (var message in messages) _left[message.Queue]++;
        _consumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _leftInAll = messages.Length;
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, ClosedLoop.Senders).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < messages.Length;)
                await _publishers[messages[i].Queue].BasicPublishAsync("", QueueOf(messages[i].Queue), mandatory: true, Persistent, messages[i].Body);
        })));
        await _consumed.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }
}
