using System.Text.Json;
using RabbitMQ.Client;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
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
    /// <summary>Messages that one acknowledgement stands for where they are not acknowledged one by one.</summary>
    private const int AckEvery = 64;

    private static readonly BasicProperties Persistent = new() { Persistent = true, ContentType = "application/json" };

    /// <summary>The way that goal P1 compares the lanes with.</summary>
    public const string OneAckEach = "the same, an ack for each";

    private readonly IConnection _publishing, _consuming;
    private readonly IChannel[] _publishers;
    private readonly BareQueue[] _queues;
    private long _published;

    private RawTwin(IConnection publishing, IConnection consuming, int queues) =>
        (_publishing, _consuming, _publishers, _queues) = (publishing, consuming, new IChannel[queues], new BareQueue[queues]);

    public static async Task<IReadOnlyList<Ceiling>> MeasureAllAsync(Box box, AcceptedAction[] actions, int? broker, CancellationToken cancel)
    {
        (int Queue, byte[] Body)[] messages =
            [.. actions.Select(action => (LaneHash.LaneOf(action.Hunt, box.Lanes), JsonSerializer.SerializeToUtf8Bytes(action, Wire.Default.AcceptedAction)))];
        var ceilings = new List<Ceiling>();
        foreach (var (what, arguments, ackEvery) in new[]
        {
            ("the lanes' queues (quorum, single active consumer), one ack for 64", LaneTopology.LaneArguments(), AckEvery),
            (OneAckEach, LaneTopology.LaneArguments(), 1),
            ("classic durable queues, one ack for 64", new Dictionary<string, object?>(), AckEvery),
        })
        {
            await using var twin = await OpenAsync(box, arguments, ackEvery, cancel);
            await twin.PassAsync(messages[..(messages.Length / 5)]); // warm-up
            ceilings.Add(await Ceiling.MeasureAsync(CeilingsPlan.Broker, what, messages.Length, [broker], () => twin.PassAsync(messages)));
            await twin.CheckAsync(what, cancel);
        }
        return ceilings;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues) await queue.DisposeAsync();
        await _consuming.DisposeAsync();
        await _publishing.DisposeAsync();
    }

    private static async Task<RawTwin> OpenAsync(Box box, Dictionary<string, object?> arguments, int ackEvery, CancellationToken cancel)
    {
        var factory = new ConnectionFactory { Uri = box.Servers!.RabbitMq, ClientProvidedName = "bench/raw-twin" };
        var twin = new RawTwin(await factory.CreateConnectionAsync(cancel), await factory.CreateConnectionAsync(cancel), box.Lanes);
        for (var queue = 0; queue < box.Lanes; queue++)
        {
            twin._publishers[queue] = await twin._publishing.CreateChannelAsync(ClientDoor.Confirming, cancel);
            twin._queues[queue] = await BareQueue.OpenAsync(twin._consuming, $"bench-raw-{queue}", arguments, ackEvery, cancel);
        }
        return twin;
    }

    /// <summary>As many senders as in the pipeline's closed loop; over when all is confirmed and consumed.</summary>
    private async Task PassAsync((int Queue, byte[] Body)[] messages)
    {
        var consumed = Task.WhenAll(_queues.Select((queue, number) => queue.ExpectAsync(messages.Count(message => message.Queue == number))));
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, ClosedLoop.Senders).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < messages.Length;)
            {
                await _publishers[messages[i].Queue].BasicPublishAsync("", _queues[messages[i].Queue].Name, mandatory: true, Persistent, messages[i].Body);
                Interlocked.Increment(ref _published); // confirmed
            }
        })));
        await consumed.WaitAsync(TimeSpan.FromMinutes(1));
    }

    /// <exception cref="CommandFailed">not each of them came once: there is no figure</exception>
    private async Task CheckAsync(string what, CancellationToken cancel)
    {
        var (published, consumed, waiting) = (Interlocked.Read(ref _published), _queues.Sum(queue => queue.Consumed), 0L);
        foreach (var queue in _queues) waiting += await queue.WaitingAsync(cancel);
        if (consumed != published || waiting > 0)
            throw new CommandFailed(ExitCode.Failed, $"NOT CONSERVED: {what}: {published} confirmed, {consumed} consumed, {waiting} left in the queues.");
    }
}
