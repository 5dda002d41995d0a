using MassTransit;
using Polly;
using Polly.Retry;
using RabbitMQ.Client;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Parked;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Competes for all lanes: subscribes to each, on a connection for each; the broker makes one processor active per lane. Re-opens lanes when
/// lane.prefetch changes or the plan says so (<see cref="LaneMover"/>) and gives them up in order on shutdown.
/// </summary>
/// <param name="before">in front of the lanes; null: nothing</param>
public sealed class LaneHost(
    HuntOptions options, LiveSettings settings, LaneGate gate, LaneRounds rounds, GroupCommit commits, ParkedTable parked,
    Checkpoints checkpoints, FactReader reader, Announcer announcer, LaneMetrics metrics, Seal seal, TimeProvider time,
    StoreConnections store, LivePipelines pipelines, StageTimes stages, ILogger<LaneHost> logger, IBeforeLane? before = null) : IHostedService, IDisposable
{
    /// <summary>Lanes another processor prefers are subscribed to this much later, so that two processors share them.</summary>
    private static readonly TimeSpan SecondChoiceDelay = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan MaxShutdown = TimeSpan.FromSeconds(10), MaxLeaving = TimeSpan.FromSeconds(5);

    /// <summary>An operator is told where the time went.</summary>
    private static readonly TimeSpan SlowReopening = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SubscribeLimit = TimeSpan.FromSeconds(20);

    private readonly ResiliencePipeline _untilSubscribed = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is not null && !args.Context.CancellationToken.IsCancellationRequested),
            MaxRetryAttempts = int.MaxValue, BackoffType = DelayBackoffType.Exponential, UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(200), MaxDelay = TimeSpan.FromSeconds(2),
        })
        .AddTimeout(SubscribeLimit)
        .Build();

    private volatile Seat[] _seats = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _subscribing = Task.CompletedTask;
    private volatile int _prefetch;
    private volatile bool _isSubscribed;

    /// <summary>Every lane was subscribed to since the start.</summary>
    public bool IsSubscribed => _isSubscribed;

    public IReadOnlyList<LaneWorker> Workers => [.. _seats.Select(seat => seat.Worker)];

    public async Task StartAsync(CancellationToken cancel)
    {
        await HuntStore.RequireLaneCountAsync(store.Writer, options.Lanes, cancel);
        await LaneTopology.DeclareAsync(options, cancel);
        _prefetch = settings.Current.Lane.Prefetch;
        _seats = [.. Enumerable.Range(0, options.Lanes).Select(number => NewSeat(new Lane(number, time)))];
        LaneMetrics.Watch(commits, () => Workers);
        _subscribing = SubscribeAsync();
    }

    public async Task StopAsync(CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(MaxLeaving, time);
        foreach (var seat in _seats) seat.Lane.Leave();
        await Task.WhenAll(_seats.Select(seat => seat.Lane.MayLeaveAsync(limit.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopping.CancelAsync();
        try
        {
            await Task.WhenAll(_seats.Select(seat => seat.CloseAsync(MaxShutdown)).Prepend(_subscribing)).WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            logger.LogError("Lane {Lanes}: not given up in time; the broker takes them when this process ends.", string.Join(", ", _seats.Where(seat => !seat.Running.IsCompleted).Select(seat => seat.Lane.Number)));
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task SubscribeAsync()
    {
        try
        {
            var seats = _seats.ToLookup(Preferred); // once: the plan may change meanwhile
            foreach (var seat in seats[true]) await OpenAsync(seat);
            await Task.Delay(SecondChoiceDelay, time, _stopping.Token);
            foreach (var seat in seats[false]) await OpenAsync(seat);
            _isSubscribed = true;
        }
        catch (OperationCanceledException)
        {
            // stopping before all lanes were subscribed to
        }
    }

    /// <summary>
    /// Those the plan gives it; where there is no plan, by the number at the end of the instance's name: processor-1 prefers the
    /// odd lanes, processor-2 the even ones.
    /// </summary>
    private bool Preferred(Seat seat) => settings.Current.Lane.Plan.OwnerOf(seat.Lane.Number) is { } owner
        ? owner == options.Instance
        : (seat.Lane.Number + IndexOf(options.Instance)) % 2 == 0;

    private static int IndexOf(string instance) =>
        int.TryParse(instance.AsSpan(instance.LastIndexOf('-') + 1), out var index) ? index : 0;

    private Seat NewSeat(Lane lane)
    {
        var cache = new HuntCache(reader, checkpoints, seal, time);
        var committer = new BatchCommitter(
            lane, settings, cache, new BatchDecider(cache, reader, seal, options.Instance, time), commits, pipelines.Store, metrics, time, logger);
        var clock = new StageClock(stages, time);
        var worker = new LaneWorker(
            lane, gate, rounds, settings, cache, committer, new BatchTeller(lane, reader, announcer, pipelines.Store, clock, time, logger),
            new LaneCheckpoints(checkpoints, logger), clock, logger);
        return new Seat(lane, worker) { Running = Task.Run(() => worker.RunAsync(_stopping.Token)) };
    }

    /// <summary>Completes when the lane is subscribed to; a subscription that does not come up is given up and made anew, for ever.</summary>
    private async Task OpenAsync(Seat seat) => await _untilSubscribed.ExecuteAsync(async cancel =>
    {
        try
        {
            await SubscribeAsync(seat, cancel);
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested)
                logger.LogWarning("Lane {Lane}: its subscription did not come up ({Why}); it is made anew.", seat.Lane.Number, e.Message);
            await seat.GiveUpAsync(MaxShutdown);
            throw;
        }
    }, _stopping.Token);

    private async Task SubscribeAsync(Seat seat, CancellationToken cancel)
    {
        var prefetch = _prefetch;
        seat.Lane.Reopen();
        var givenUp = new CancellationTokenSource();
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.ConfigureHuntHost(options, $"lane-{seat.Lane.Number}", publishes: false);
            rabbit.ReceiveEndpoint(Envelope.QueueOf(seat.Lane.Number), endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.SingleActiveConsumer = true;
                foreach (var (name, value) in LaneTopology.LaneArguments()) endpoint.SetQueueArgument(name, value);
                endpoint.ConfigureChannel(channel => channel.UseFilter(new LaneChannelFilter(seat.Lane, connection => seat.Connection = connection, givenUp.Token)));
                endpoint.ConfigureConsumeTopology = false;
                endpoint.PrefetchCount = prefetch;
                endpoint.ConcurrentMessageLimit = prefetch;
                endpoint.ConfigureReceive(pipe => pipe.UseFilter(new LaneReceiver(seat.Lane, parked, seal, time, before)));
            });
        });
        bus.ConnectReceiveObserver(new LaneObserver(seat.Lane));
        (seat.Bus, seat.Connection, seat.GivenUp, seat.Prefetch) = (bus, null, givenUp, prefetch);
        await bus.StartAsync(cancel).WaitAsync(cancel);
    }

    /// <summary>
    /// lane.prefetch: the broker reads it when a channel consumes, so every lane is given up in order and opened anew. Completes
    /// when the last one is open again. A settings governor.
    /// </summary>
    /// <exception cref="InvalidOperationException">lanes that could not be given up in order yet; they keep what they have</exception>
    public async Task<IReadOnlyDictionary<string, SettingValue>> ApplyAsync(Settings next, CancellationToken cancel)
    {
        _prefetch = next.Lane.Prefetch;
        await _subscribing;
        try
        {
            await Task.WhenAll(_seats.Where(seat => seat.Prefetch != _prefetch && !_stopping.IsCancellationRequested)
                .Select(seat => Task.Run(() => ReopenAsync(seat, cancel), CancellationToken.None))); // buses are built for it: not on the settings' thread
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            var late = _seats.Where(seat => seat.Prefetch != _prefetch).Select(seat => seat.Lane.Number);
            throw new InvalidOperationException(
                $"{SettingsSchema.LanePrefetch.Key} = {_prefetch} waits in lane {string.Join(", ", late)}: what came back from earlier consumers must be worked off first (paused, or the store does not answer?).");
        }
        return new Dictionary<string, SettingValue> { [SettingsSchema.LanePrefetch.Key] = SettingValue.Of(_prefetch) };
    }

    /// <summary>Gives a lane up in order and waits for it again, behind all that wait already. Completes when it is subscribed to.</summary>
    public Task ReopenAsync(int lane) => ReopenAsync(_seats[lane], CancellationToken.None);

    /// <param name="cancel">ends the wait for its turn and until the lane may leave, nothing else</param>
    private async Task ReopenAsync(Seat seat, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _stopping.Token);
        await seat.Turn.WaitAsync(either.Token);
        try
        {
            var began = time.GetTimestamp();
            await seat.Worker.ReleaseAsync(either.Token);
            var released = time.GetTimestamp();
            await seat.GiveUpAsync(MaxShutdown);
            var left = time.GetTimestamp();
            await OpenAsync(seat);
            if (time.GetElapsedTime(began) is var took && took > SlowReopening)
                logger.LogWarning(
                    "Lane {Lane}: taken up anew in {Took:0.0} s: {Released:0.0} s until it might leave, {Left:0.0} s to give it up, {Opened:0.0} s to subscribe.", seat.Lane.Number,
                    took.TotalSeconds, time.GetElapsedTime(began, released).TotalSeconds, time.GetElapsedTime(released, left).TotalSeconds, time.GetElapsedTime(left).TotalSeconds);
        }
        finally
        {
            seat.Turn.Release();
        }
    }

    /// <summary>A lane, its worker and its subscription.</summary>
    private sealed class Seat(Lane lane, LaneWorker worker)
    {
        /// <summary>Held while its subscription is closed or opened.</summary>
        public SemaphoreSlim Turn { get; } = new(1, 1);
        public Lane Lane { get; } = lane;
        public LaneWorker Worker { get; } = worker;
        public required Task Running { get; init; }

        /// <summary>
        /// A bus with a connection of its own: RabbitMQ.Client may end a whole connection when a channel on it is closed and disposed of
        /// (docs/adr/0009), and then only this lane is on it.
        /// </summary>
        public IBusControl? Bus { get; set; }

        /// <summary>Cancelled when <see cref="Bus"/> is to take up the lane no more.</summary>
        public CancellationTokenSource? GivenUp { get; set; }
        public int Prefetch { get; set; }

        /// <summary>Of <see cref="Bus"/>; null: not connected yet.</summary>
        public IConnection? Connection { get; set; }

        /// <summary>
        /// Ends the subscription, whatever state it is in: its channel first, for a bus that stops over an open one cancels its consumer,
        /// which breaks the lane's order. Never faults. A bus that does not stop in time (it never came up, or waits for a channel the
        /// client has lost) loses its connection, so that the broker takes everything back.
        /// </summary>
        public async Task GiveUpAsync(TimeSpan limit)
        {
            GivenUp?.Cancel();
            await Worker.ReleaseNowAsync();
            if (Bus is not { } bus) return;
            var stopping = bus.StopAsync(limit);
            await stopping.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stopping.IsCompletedSuccessfully && Connection is { } left)
                await left.AbortAsync(limit).WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        public async Task CloseAsync(TimeSpan limit)
        {
            await Turn.WaitAsync();
            await GiveUpAsync(limit);
            Turn.Release();
            await Running;
        }
    }
}
