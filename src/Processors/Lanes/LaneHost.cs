using MassTransit;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Parked;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Competes for all lanes: subscribes to each, the broker makes one processor active per lane. Re-opens lanes when
/// lane.prefetch changes and gives them up in order on shutdown.
/// </summary>
public sealed class LaneHost(
    IReceiveEndpointConnector connector, HuntOptions options, LiveSettings settings, LaneGate gate, HuntLog log, ParkedTable parked,
    Checkpoints checkpoints, FactReader reader, Announcer announcer, LaneMetrics metrics, Seal seal, TimeProvider time,
    StoreConnections store, ILogger<LaneHost> logger) : IHostedService, IDisposable
{
    /// <summary>Lanes another processor prefers are subscribed to this much later, so that two processors share them.</summary>
    private static readonly TimeSpan SecondChoiceDelay = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan MaxShutdown = TimeSpan.FromSeconds(10);

    private volatile Seat[] _seats = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _subscribing = Task.CompletedTask;
    private volatile int _prefetch;

    public IReadOnlyList<LaneWorker> Workers => [.. _seats.Select(seat => seat.Worker)];

    public async Task StartAsync(CancellationToken cancel)
    {
        await HuntStore.RequireLaneCountAsync(store.Writer, options.Lanes, cancel);
        await LaneTopology.DeclareAsync(options, cancel);
        _prefetch = settings.Current.Lane.Prefetch;
        _seats = [.. Enumerable.Range(0, options.Lanes).Select(number => NewSeat(new Lane(number)))];
        _subscribing = SubscribeAsync();
    }

    public async Task StopAsync(CancellationToken cancel)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_seats.Select(seat => seat.CloseAsync(MaxShutdown)).Prepend(_subscribing));
    }

    public void Dispose() => _stopping.Dispose();

    private async Task SubscribeAsync()
    {
        try
        {
            foreach (var seat in _seats.Where(Preferred)) await OpenAsync(seat);
            await Task.Delay(SecondChoiceDelay, time, _stopping.Token);
            foreach (var seat in _seats.Where(seat => !Preferred(seat))) await OpenAsync(seat);
        }
        catch (OperationCanceledException)
        {
            // stopping before all lanes were subscribed to
        }
    }

    /// <summary>By the number at the end of the instance's name: processor-1 prefers the odd lanes, processor-2 the even ones.</summary>
    private bool Preferred(Seat seat) => (seat.Lane.Number + IndexOf(options.Instance)) % 2 == 0;

    private static int IndexOf(string instance) =>
        int.TryParse(instance.AsSpan(instance.LastIndexOf('-') + 1), out var index) ? index : 0;

    private Seat NewSeat(Lane lane)
    {
        var cache = new HuntCache(reader, checkpoints, seal);
        var committer = new BatchCommitter(
            lane, settings, cache, new BatchDecider(cache, reader, seal, options.Instance, time), log, metrics, time, logger);
        var worker = new LaneWorker(
            lane, gate, settings, cache, committer, new BatchTeller(lane, reader, announcer, options.Instance, time, logger),
            new LaneCheckpoints(checkpoints, logger), time, logger);
        return new Seat(lane, worker) { Running = Task.Run(() => worker.RunAsync(_stopping.Token)) };
    }

    private async Task OpenAsync(Seat seat)
    {
        _stopping.Token.ThrowIfCancellationRequested();
        seat.Lane.Reopen();
        var prefetch = _prefetch;
        var handle = connector.ConnectReceiveEndpoint(Envelope.QueueOf(seat.Lane.Number), (_, endpoint) =>
        {
            var queue = (IRabbitMqReceiveEndpointConfigurator)endpoint;
            queue.SetQuorumQueue();
            queue.SingleActiveConsumer = true;
            foreach (var (name, value) in LaneTopology.LaneArguments()) queue.SetQueueArgument(name, value);
            queue.ConfigureChannel(channel => channel.UseFilter(new LaneChannelFilter(seat.Lane)));
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PublishFaults = false;
            endpoint.PrefetchCount = prefetch;
            endpoint.ConcurrentMessageLimit = prefetch;
            endpoint.ConfigureError(pipe => pipe.UseFilter(new ParkUnreadable<ExceptionReceiveContext>(seat.Lane, parked, seal, time)));
            endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter(new ParkUnreadable<ReceiveContext>(seat.Lane, parked, seal, time)));
            endpoint.Consumer(() => new LaneConsumer(seat.Lane));
        });
        handle.ReceiveEndpoint.ConnectReceiveObserver(new LaneObserver(seat.Lane));
        (seat.Handle, seat.Prefetch) = (handle, prefetch);
        await handle.Ready.WaitAsync(_stopping.Token);
    }

    /// <summary>
    /// lane.prefetch: the broker reads it when a channel consumes, so every lane is given up in order and opened anew. Completes
    /// when the last one is open again. A settings governor.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, SettingValue>> ApplyAsync(Settings next, CancellationToken cancel)
    {
        _prefetch = next.Lane.Prefetch;
        await _subscribing;
        await Task.WhenAll(_seats.Where(seat => seat.Prefetch != _prefetch && !_stopping.IsCancellationRequested).Select(async seat =>
        {
            await seat.LeaveAsync(MaxShutdown);
            await OpenAsync(seat);
        }));
        return new Dictionary<string, SettingValue> { [SettingsSchema.LanePrefetch.Key] = SettingValue.Of(_prefetch) };
    }

    /// <summary>A lane, its worker and its subscription.</summary>
    private sealed class Seat(Lane lane, LaneWorker worker)
    {
        public Lane Lane { get; } = lane;
        public LaneWorker Worker { get; } = worker;
        public required Task Running { get; init; }
        public HostReceiveEndpointHandle? Handle { get; set; }
        public int Prefetch { get; set; }

        public async Task LeaveAsync(TimeSpan limit)
        {
            await Worker.ReleaseAsync(forGood: true);
            if (Handle is { } handle)
            {
                using var timeout = new CancellationTokenSource(limit);
                await handle.StopAsync(timeout.Token);
            }
        }

        public async Task CloseAsync(TimeSpan limit)
        {
            await LeaveAsync(limit);
            await Running;
        }
    }
}
