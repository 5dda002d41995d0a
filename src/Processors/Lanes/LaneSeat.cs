using MassTransit;
using Polly;
using Polly.Retry;
using RabbitMQ.Client;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Parked;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// A lane, its worker and its subscription, which is opened, given up in order and opened anew. The subscription is a bus with a connection of
/// its own: RabbitMQ.Client may end a whole connection when a channel on it is closed and disposed of (docs/adr/0009), and then only this lane is on it.
/// </summary>
/// <param name="prefetch">what the next subscription is made with</param>
/// <param name="isWaitedFor">another processor gets the lane when it is given up</param>
/// <param name="before">in front of the lane; null: nothing</param>
/// <param name="stopping">ends the worker, and every wait but those of giving up</param>
public sealed class LaneSeat(
    Lane lane, LaneWorker worker, Func<int> prefetch, Func<bool> isWaitedFor, HuntOptions options, ParkedTable parked, Seal seal, LaneMetrics metrics, TimeProvider time, ILogger logger,
    IBeforeLane? before, CancellationToken stopping)
{
    private static readonly TimeSpan GiveUpLimit = TimeSpan.FromSeconds(10), SubscribeLimit = TimeSpan.FromSeconds(20);

    /// <summary>An operator is told where the time went.</summary>
    private static readonly TimeSpan SlowReopening = TimeSpan.FromSeconds(1);

    private readonly ResiliencePipeline _untilSubscribed = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is not null && !args.Context.CancellationToken.IsCancellationRequested),
            MaxRetryAttempts = int.MaxValue, BackoffType = DelayBackoffType.Exponential, UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(200), MaxDelay = TimeSpan.FromSeconds(2),
        })
        .AddTimeout(SubscribeLimit)
        .Build();

    /// <summary>Held while the subscription is closed or opened.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    private Subscription? _subscription; // null: none, or given up
    private Task _ended = Task.CompletedTask; // all that were given up

    public Lane Lane => lane;

    public LaneWorker Worker => worker;

    public Task Running { get; } = Task.Run(() => worker.RunAsync(stopping), CancellationToken.None);

    /// <summary>Of the present subscription; 0: there was none yet.</summary>
    public int Prefetch { get; private set; }

    /// <summary>Completes when the lane is subscribed to; a subscription that does not come up is given up and made anew, for ever.</summary>
    public async Task OpenAsync() => await _untilSubscribed.ExecuteAsync(async cancel =>
    {
        try
        {
            await SubscribeAsync(cancel);
        }
        catch (Exception e)
        {
            if (!stopping.IsCancellationRequested)
                logger.LogWarning("Lane {Lane}: its subscription did not come up ({Why}); it is made anew.", lane.Number, e.Message);
            await GiveUpAsync();
            throw;
        }
    }, stopping);

    /// <summary>Gives the lane up in order and waits for it again, behind all that wait already. Completes when it is subscribed to.</summary>
    /// <param name="isNeeded">asked when it is its turn</param>
    /// <param name="places">how many lanes may stand still at once: one is taken when this lane may leave; null: any number</param>
    /// <param name="cancel">ends the waits for its turn, for checkpoints, until the lane may leave and for a place; then it stays</param>
    public async Task ReopenAsync(Func<bool> isNeeded, SemaphoreSlim? places, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, stopping);
        await _turn.WaitAsync(either.Token);
        try
        {
            if (!isNeeded()) return;
            if (isWaitedFor()) await worker.WriteLongTailsAsync(either.Token);
            await ReopenAsync(places, either.Token);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task ReopenAsync(SemaphoreSlim? places, CancellationToken cancel)
    {
        lane.Leave();
        var placed = false;
        try
        {
            long began;
            try
            {
                placed = await PlaceAsync(places, cancel);
                began = time.GetTimestamp();
                await worker.ReleaseAsync(cancel);
            }
            catch when (!stopping.IsCancellationRequested) // else it leaves all the same, and what it would acknowledge by staying comes back in disorder
            {
                lane.Stay();
                throw;
            }
            var released = time.GetTimestamp();
            await GiveUpAsync();
            await OpenAsync();
            var took = time.GetElapsedTime(began);
            metrics.Reopened(lane.Number, took);
            if (took > SlowReopening)
                logger.LogWarning(
                    "Lane {Lane}: taken up anew in {Took:0.0} s: {Released:0.0} s until its channel was closed, {Opened:0.0} s to subscribe.", lane.Number,
                    took.TotalSeconds, time.GetElapsedTime(began, released).TotalSeconds, time.GetElapsedTime(released).TotalSeconds);
        }
        finally
        {
            if (placed) places!.Release();
        }
    }

    /// <summary>A place for a lane that may leave, and may still when it has got one.</summary>
    /// <returns>false: none is needed</returns>
    private async Task<bool> PlaceAsync(SemaphoreSlim? places, CancellationToken cancel)
    {
        while (true)
        {
            await lane.MayLeaveAsync(cancel);
            if (places is null) return false;
            await places.WaitAsync(cancel);
            if (lane.MayLeave) return true;
            places.Release();
        }
    }

    /// <summary>For good. Completes when the worker has ended too.</summary>
    public async Task CloseAsync()
    {
        await _turn.WaitAsync(CancellationToken.None);
        await GiveUpAsync();
        _turn.Release();
        await _ended;
        await Running;
    }

    private async Task SubscribeAsync(CancellationToken cancel)
    {
        var (count, subscription) = (prefetch(), new Subscription());
        lane.Reopen();
        var bus = subscription.Bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.ConfigureHuntHost(options, $"lane-{lane.Number}", publishes: false);
            rabbit.ReceiveEndpoint(Envelope.QueueOf(lane.Number), endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.SingleActiveConsumer = true;
                foreach (var (name, value) in LaneTopology.LaneArguments()) endpoint.SetQueueArgument(name, value);
                endpoint.ConfigureChannel(channel => channel.UseFilter(new LaneChannelFilter(lane, connection => subscription.Connection = connection, subscription.GivenUp)));
                endpoint.ConfigureConsumeTopology = false;
                endpoint.PrefetchCount = count;
                endpoint.ConcurrentMessageLimit = count;
                endpoint.ConfigureReceive(pipe => pipe.UseFilter(new LaneReceiver(lane, parked, seal, time, before)));
            });
        });
        bus.ConnectReceiveObserver(new LaneObserver(lane));
        (_subscription, Prefetch) = (subscription, count);
        await bus.StartAsync(cancel).WaitAsync(cancel);
    }

    /// <summary>
    /// Ends the subscription, whatever state it is in: its channel first, for a bus that stops over an open one cancels its consumer,
    /// which breaks the lane's order. Never faults. The bus takes up nothing any more and ends by itself: the next subscription does not wait for
    /// that, for a client that closes its connection may wait 5 s for the broker's answer.
    /// </summary>
    private async Task GiveUpAsync()
    {
        _subscription?.GiveUp();
        await worker.ReleaseNowAsync();
        if (_subscription is not { } left) return;
        _subscription = null;
        _ended = BothAsync(_ended, left.EndAsync());

        static async Task BothAsync(Task before, Task now)
        {
            await before;
            await now;
        }
    }

    /// <summary>A bus of the lane's own, from its making to its end.</summary>
    private sealed class Subscription
    {
        private readonly CancellationTokenSource _givenUp = new();

        public IBusControl? Bus { get; set; }

        /// <summary>Null: it is not connected yet.</summary>
        public IConnection? Connection { get; set; }

        /// <summary>Cancelled when it is to take up the lane no more.</summary>
        public CancellationToken GivenUp => _givenUp.Token;

        public void GiveUp() => _givenUp.Cancel();

        /// <summary>
        /// Never faults. A bus that does not stop in time (it never came up, or waits for a channel the client has lost) loses its connection, so that the broker takes everything back.
        /// </summary>
        public async Task EndAsync()
        {
            var ending = Bus!.StopAsync(GiveUpLimit);
            await ending.WaitAsync(GiveUpLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!ending.IsCompletedSuccessfully && Connection is { } left)
                await left.AbortAsync(GiveUpLimit).WaitAsync(GiveUpLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
