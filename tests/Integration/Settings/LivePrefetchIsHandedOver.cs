using System.Collections.Concurrent;
using MassTransit;
using RabbitMQ.Client;
using TreasureHunt.ServiceDefaults.Bus.Prefetch;

namespace TreasureHunt.Tests.Integration.Settings;

public sealed record Numbered(int Number);

/// <summary>Against a real broker, for classic and quorum queues.</summary>
public sealed class LivePrefetchIsHandedOver(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly Uri _broker = servers.RabbitMq;
    private readonly ConcurrentDictionary<int, int> _handled = new();
    private readonly TimeSpan _handling = TimeSpan.FromMilliseconds(20);
    private readonly List<string> _queues = [];
    private int _inFlight, _peak, _redelivered;
    private TaskCompletionSource _hold = Released();

    public Task InitializeAsync() => Task.CompletedTask;

    [Theory, InlineData(false), InlineData(true)]
    public async Task Steps_up_and_down_are_held_exactly_and_nothing_is_redelivered_lost_or_doubled(bool quorum)
    {
        const int messages = 3000;
        var prefetch = new LivePrefetch(4);
        var bus = Bus(out var queue, quorum, prefetch);
        await bus.StartAsync();
        try
        {
            await FillAsync(queue, messages);
            foreach (ushort step in new ushort[] { 4, 16, 64, 8, 4 })
            {
                await prefetch.Set(step);
                Assert.Equal(step, prefetch.InForce);
                await Task.Delay(_handling * 6); // what the old window still held drains
                Interlocked.Exchange(ref _peak, 0);
                await Eventually.Async(() => Volatile.Read(ref _peak) >= step, $"{step} messages at once");
                await Task.Delay(_handling * 4);
                Assert.Equal(step, Volatile.Read(ref _peak)); // reached, and never passed
            }
            await prefetch.Set(128);
            await AllHandledAsync(messages);
            Assert.Equal(0, _redelivered);
            Assert.All(_handled.Values, times => Assert.Equal(1, times));
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_hundred_changes_under_load_return_no_message(bool quorum)
    {
        const int messages = 8000;
        var prefetch = new LivePrefetch(16);
        var bus = Bus(out var queue, quorum, prefetch);
        await bus.StartAsync();
        try
        {
            await FillAsync(queue, messages);
            for (var i = 0; i < 100; i++) await prefetch.Set((ushort)(i % 2 == 0 ? 48 : 12));
            Assert.Equal(100, prefetch.HandOvers);
            await prefetch.Set(256);
            await AllHandledAsync(messages);
            Assert.Equal(0, _redelivered);
            Assert.All(_handled.Values, times => Assert.Equal(1, times));
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    [Fact]
    public async Task Changes_that_come_fast_are_coalesced_and_the_last_wins()
    {
        var prefetch = new LivePrefetch(4);
        var bus = Bus(out _, quorum: false, prefetch);
        await bus.StartAsync();
        try
        {
            await Task.WhenAll(Enumerable.Range(1, 200).Select(n => prefetch.Set((ushort)n)));
            Assert.Equal(200, prefetch.InForce);
            Assert.InRange(prefetch.HandOvers, 1, 10);
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    [Fact]
    public async Task A_new_channel_begins_with_the_live_value_and_the_endpoint_still_stops_in_order()
    {
        var prefetch = new LivePrefetch(4);
        var bus = Bus(out var queue, quorum: false, prefetch, out var channels);
        await bus.StartAsync();
        await prefetch.Set(16);
        await prefetch.Set(32);
        var first = Assert.Single(channels).Channel;
        try
        {
            await first.CloseAsync(320, "lost", abort: true);
        }
        catch (ObjectDisposedException)
        {
            // The endpoint disposes of the channel while it is still closing.
        }
        await UntilAsync(() => channels.Count == 2 && prefetch.InForce == 32);

        _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await FillAsync(queue, 100);
        await UntilAsync(() => Volatile.Read(ref _inFlight) == 32);
        await Task.Delay(200);
        Assert.Equal(32, Volatile.Read(ref _inFlight));
        _hold.SetResult();
        await AllHandledAsync(100);
        await bus.StopAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, prefetch.InForce);
        Assert.True(prefetch.Set(8).IsCompletedSuccessfully, "with no channel open the value is simply what the next one begins with");
    }

    [Fact]
    public async Task A_prefetch_beyond_the_ceiling_or_of_nothing_is_refused()
    {
        var prefetch = new LivePrefetch(4, ceiling: 8);
        Assert.Contains("1 to 8", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => prefetch.Set(9))).Message);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => prefetch.Set(0));
        Assert.Equal(4, prefetch.Wanted);
    }

    private IBusControl Bus(out string queue, bool quorum, LivePrefetch prefetch) => Bus(out queue, quorum, prefetch, out _);

    private IBusControl Bus(out string queue, bool quorum, LivePrefetch prefetch, out ConcurrentQueue<MassTransit.RabbitMqTransport.ChannelContext> channels)
    {
        var name = queue = $"prefetch-{Guid.CreateVersion7():n}";
        _queues.Add(name);
        var seen = channels = [];
        return MassTransit.Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            bus.Host(_broker);
            bus.UseRawJsonSerializer(RawSerializerOptions.AnyMessageType, isDefault: true);
            bus.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
            bus.ReceiveEndpoint(name, endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                if (quorum) endpoint.SetQuorumQueue();
                endpoint.UseLivePrefetch(prefetch);
                endpoint.ConfigureChannel(pipe => pipe.UseExecute(seen.Enqueue));
                endpoint.Handler<Numbered>(HandleAsync);
            });
        });
    }

    private async Task HandleAsync(ConsumeContext<Numbered> context)
    {
        var now = Interlocked.Increment(ref _inFlight);
        for (var peak = Volatile.Read(ref _peak); now > peak; peak = Volatile.Read(ref _peak))
            if (Interlocked.CompareExchange(ref _peak, now, peak) == peak) break;
        if (context.ReceiveContext.Redelivered) Interlocked.Increment(ref _redelivered);
        await _hold.Task;
        await Task.Delay(_handling);
        _handled.AddOrUpdate(context.Message.Number, 1, (_, times) => times + 1);
        Interlocked.Decrement(ref _inFlight);
    }

    private async Task FillAsync(string queue, int messages)
    {
        await using var connection = await new ConnectionFactory { Uri = _broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        for (var first = 0; first < messages; first += 100)
        {
            await Task.WhenAll(Enumerable.Range(first, 100).Select(number => channel.BasicPublishAsync(
                "", queue, mandatory: true, new BasicProperties { ContentType = "application/json" },
                System.Text.Encoding.UTF8.GetBytes($"{{\"number\":{number}}}")).AsTask()));
        }
    }

    private Task AllHandledAsync(int messages) => UntilAsync(() => _handled.Count == messages && Volatile.Read(ref _inFlight) == 0);

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (condition()) return;
            await Task.Delay(20);
        }
        Assert.Fail("Not reached within 60 s.");
    }

    private static TaskCompletionSource Released()
    {
        var released = new TaskCompletionSource();
        released.SetResult();
        return released;
    }

    public async Task DisposeAsync()
    {
        await using var connection = await new ConnectionFactory { Uri = _broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in _queues)
        {
            await channel.QueueDeleteAsync(queue);
            await channel.ExchangeDeleteAsync(queue);
        }
    }
}
