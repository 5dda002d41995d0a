using System.Collections.Concurrent;
using System.Text;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using TreasureHunt.Prefetch;

namespace TreasureHunt.Tests.Integration.Prefetch;

public sealed record Numbered(int Number);

/// <summary>A queue of numbered messages, the endpoint that works it, and what was seen of both.</summary>
internal sealed class WatchedQueue(Uri broker, bool quorum, int prefetch, int ceiling = LivePrefetch.DefaultCeiling) : IAsyncDisposable
{
    public static readonly TimeSpan Handling = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<int, int> _handled = new();
    private readonly ConcurrentDictionary<int, byte> _inFlight = new();
    private volatile TaskCompletionSource? _hold;
    private int _filled, _peak, _redelivered;

    public string Name { get; } = $"prefetch-{Guid.CreateVersion7():n}";
    public LivePrefetch Prefetch { get; } = new(prefetch, ceiling);
    public ConcurrentQueue<ChannelContext> Channels { get; } = [];

    public int InFlight => _inFlight.Count;
    public int Peak => Volatile.Read(ref _peak);
    public int Redelivered => Volatile.Read(ref _redelivered);

    /// <param name="through">the broker, or a proxy before it</param>
    public IBusControl Bus(Uri? through = null, Action<IPipeConfigurator<ChannelContext>>? channel = null) => Bus(through ?? broker, [this], channel);

    /// <summary>All of them on one bus: one connection.</summary>
    public static IBusControl Bus(Uri through, IReadOnlyList<WatchedQueue> queues, Action<IPipeConfigurator<ChannelContext>>? channel = null) =>
        MassTransit.Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            bus.Host(through);
            bus.UseRawJsonSerializer(RawSerializerOptions.AnyMessageType, isDefault: true);
            bus.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
            foreach (var queue in queues) bus.ReceiveEndpoint(queue.Name, endpoint => queue.Configure(endpoint, channel));
        });

    private void Configure(IRabbitMqReceiveEndpointConfigurator endpoint, Action<IPipeConfigurator<ChannelContext>>? channel)
    {
        endpoint.ConfigureConsumeTopology = false;
        if (quorum) endpoint.SetQuorumQueue();
        if (channel is not null) endpoint.ConfigureChannel(channel);
        endpoint.UseLivePrefetch(Prefetch);
        endpoint.ConfigureChannel(pipe => pipe.UseExecute(Channels.Enqueue));
        endpoint.Handler<Numbered>(HandleAsync);
    }

    private async Task HandleAsync(ConsumeContext<Numbered> context)
    {
        var number = context.Message.Number;
        _inFlight[number] = 0;
        var now = _inFlight.Count;
        for (var peak = Volatile.Read(ref _peak); now > peak; peak = Volatile.Read(ref _peak))
            if (Interlocked.CompareExchange(ref _peak, now, peak) == peak) break;
        if (context.ReceiveContext.Redelivered) Interlocked.Increment(ref _redelivered);
        if (_hold is { } hold) await hold.Task;
        await Task.Delay(Handling);
        _handled.AddOrUpdate(number, 1, (_, times) => times + 1);
        _inFlight.TryRemove(number, out _);
    }

    /// <summary>Handlers begun from now on do not end before <see cref="Release"/>.</summary>
    public void Hold() => _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _hold?.TrySetResult();

    /// <summary>Adds messages with the next numbers; returns when the broker has them all.</summary>
    public async Task FillAsync(int messages)
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        for (var end = _filled + messages; _filled < end;)
        {
            var page = Enumerable.Range(_filled, Math.Min(100, end - _filled)).ToList();
            await Task.WhenAll(page.Select(number => channel.BasicPublishAsync(
                "", Name, mandatory: true, new BasicProperties { ContentType = "application/json" },
                Encoding.UTF8.GetBytes($"{{\"number\":{number}}}")).AsTask()));
            _filled += page.Count;
        }
    }

    public Task AllHandledAsync() => Soon.Async(
        () => _handled.Count == _filled && InFlight == 0, () => $"all {_filled} handled; {_handled.Count} are, {InFlight} in flight");

    public void EachWasHandledOnce() => Assert.All(_handled, handled => Assert.Equal(1, handled.Value));

    public void NothingWasRedelivered() => Assert.Equal(0, Redelivered);

    /// <summary>Exactly so many are out: reached, and never passed. Needs a backlog.</summary>
    public async Task HoldsExactlyAsync(int window)
    {
        var old = _inFlight.Keys.ToList(); // of the window before
        await Task.Delay(Handling * 6);
        await Soon.Async(() => !old.Exists(_inFlight.ContainsKey), () => "the old window drained");
        Interlocked.Exchange(ref _peak, 0);
        await Soon.Async(() => Peak >= window, () => $"{window} messages at once; {Peak} were");
        await Task.Delay(Handling * 4);
        Assert.Equal(window, Peak);
    }

    /// <summary>Everything that waited is handled, and a new backlog finds the same window, which can still be changed.</summary>
    public async Task GoesOnWithAsync(int window)
    {
        await Soon.Async(() => Prefetch.InForce == window, () => $"{window} in force; it is {Prefetch.InForce}");
        await AllHandledAsync();
        Hold();
        await FillAsync(200);
        await Soon.Async(() => InFlight >= window, () => $"{window} in flight; it is {InFlight}");
        await Task.Delay(Handling * 10);
        Assert.Equal(window, InFlight);

        Assert.Equal(window + 8, (await Prefetch.SetAsync(window + 8)).InForce);
        Release();
        await AllHandledAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(Name);
        await channel.ExchangeDeleteAsync(Name);
    }
}

internal static class Soon
{
    public static async Task Async(Func<bool> condition, Func<string> what, int seconds = 90)
    {
        for (var i = 0; i < seconds * 50; i++)
        {
            if (condition()) return;
            await Task.Delay(20);
        }
        Assert.Fail($"Not within {seconds} s: {what()}.");
    }
}
