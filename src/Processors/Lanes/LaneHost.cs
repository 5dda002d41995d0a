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
/// Competes for all lanes: subscribes to each; the broker makes one processor active per lane. Re-opens lanes when
/// lane.prefetch changes or the plan says so (<see cref="LaneMover"/>) and gives them up in order on shutdown.
/// </summary>
/// <param name="before">in front of the lanes; null: nothing</param>
public sealed class LaneHost(
    HuntOptions options, LiveSettings settings, LaneGate gate, Rounds rounds, GroupCommit commits, ParkedTable parked,
    Checkpoints checkpoints, FactReader reader, Announcer announcer, LanePeers peers, LaneMetrics metrics, Seal seal, TimeProvider time,
    StoreConnections store, LivePipelines pipelines, StageTimes stages, ILogger<LaneHost> logger, IBeforeLane? before = null) : IHostedService, IDisposable
{
    /// <summary>Lanes another processor prefers are subscribed to this much later, so that two processors share them.</summary>
    private static readonly TimeSpan SecondChoiceDelay = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan MaxWriting = TimeSpan.FromSeconds(3), MaxLeaving = TimeSpan.FromSeconds(5);

    /// <summary>A lane that is re-opened stands still: better few for a moment each than all of them for seconds.</summary>
    private const int ReopenedAtOnce = 2;

    private volatile LaneSeat[] _seats = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _subscribing = Task.CompletedTask;
    private volatile int _prefetch;
    private volatile bool _isSubscribed;

    /// <summary>Every lane was subscribed to since the start.</summary>
    public bool IsSubscribed => _isSubscribed;

    public IReadOnlyList<LaneWorker> Workers => [.. _seats.Select(seat => seat.Worker)];

    public async Task StartAsync(CancellationToken cancel)
    {
        var waiting = StoreRetry.Pipeline(pipelines.Store, time, _ => false, retry => // a death while a server is away would be held against the settings (CrashGuard)
            logger.LogWarning("The store does not answer yet, try {Try}: {Error}", retry.AttemptNumber + 1, retry.Outcome.Exception!.Message));
        await waiting.ExecuteAsync(async attempt => await HuntStore.RequireLaneCountAsync(store.Writer, options.Lanes, attempt), cancel);
        await LaneTopology.DeclareAsync(options, logger, cancel);
        _prefetch = settings.Current.Lane.Prefetch;
        _seats = [.. Enumerable.Range(0, options.Lanes).Select(number => NewSeat(new Lane(number, time)))];
        LaneMetrics.Watch(commits, () => Workers);
        _subscribing = SubscribeAsync();
    }

    public async Task StopAsync(CancellationToken cancel)
    {
        await AllWithinAsync(MaxWriting, (seat, late) => seat.Worker.WriteLongTailsAsync(late));
        foreach (var seat in _seats) seat.Lane.Leave();
        await AllWithinAsync(MaxLeaving, (seat, late) => seat.Lane.MayLeaveAsync(late));
        await _stopping.CancelAsync();
        try
        {
            await Task.WhenAll(_seats.Select(seat => seat.CloseAsync()).Prepend(_subscribing)).WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            logger.LogError("Lane {Lanes}: not given up in time; the broker takes them when this process ends.", string.Join(", ", _seats.Where(seat => !seat.Running.IsCompleted).Select(seat => seat.Lane.Number)));
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task AllWithinAsync(TimeSpan limit, Func<LaneSeat, CancellationToken, Task> step)
    {
        using var late = new CancellationTokenSource(limit, time);
        await Task.WhenAll(_seats.Select(seat => step(seat, late.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task SubscribeAsync()
    {
        try
        {
            var seats = _seats.ToLookup(Preferred); // once: the plan may change meanwhile
            foreach (var seat in seats[true]) await seat.OpenAsync();
            await Task.Delay(SecondChoiceDelay, time, _stopping.Token);
            foreach (var seat in seats[false]) await seat.OpenAsync();
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
    private bool Preferred(LaneSeat seat) => settings.Current.Lane.Plan.OwnerOf(seat.Lane.Number) is { } owner
        ? owner == options.Instance
        : (seat.Lane.Number + IndexOf(options.Instance)) % 2 == 0;

    private static int IndexOf(string instance) =>
        int.TryParse(instance.AsSpan(instance.LastIndexOf('-') + 1), out var index) ? index : 0;

    private LaneSeat NewSeat(Lane lane)
    {
        var cache = new HuntCache(reader, checkpoints, seal, time);
        var committer = new BatchCommitter(
            lane, settings, cache, new BatchDecider(cache, reader, seal, options.Instance, time), commits, pipelines.Store, metrics, time, logger);
        var clock = new StageClock(stages, time);
        var worker = new LaneWorker(
            lane, gate, rounds, settings, cache, committer, new BatchTeller(lane, reader, announcer, pipelines.Store, clock, time, logger),
            new LaneCheckpoints(checkpoints, logger), clock, logger);
        return new LaneSeat(lane, worker, () => _prefetch, () => peers.AnyWaitsFor(lane.Number, but: options.Instance), options, parked, seal, metrics, time, logger, before, _stopping.Token);
    }

    /// <summary>
    /// lane.prefetch: the broker reads it when a channel consumes, so every lane is given up in order and opened anew, few at a time; one that may not leave yet keeps no other from it. Completes
    /// when the last one is open again. A settings governor.
    /// </summary>
    /// <exception cref="InvalidOperationException">lanes that could not be given up in order yet; they keep what they have</exception>
    public async Task<IReadOnlyDictionary<string, SettingValue>> ApplyAsync(Settings next, CancellationToken cancel)
    {
        var isNew = next.Lane.Prefetch != _prefetch;
        _prefetch = next.Lane.Prefetch;
        if (!isNew && Array.TrueForAll(_seats, seat => seat.Prefetch == _prefetch || seat.Prefetch == 0)) return Effective(); // nobody waits for a lane that moves or is yet to be opened
        await _subscribing;
        try
        {
            using var places = new SemaphoreSlim(ReopenedAtOnce);
            // Not on the settings' thread: buses are built.
            await Task.WhenAll(_seats.Select(seat => Task.Run(() => seat.ReopenAsync(() => seat.Prefetch != _prefetch, places, cancel), CancellationToken.None)));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            var late = _seats.Where(seat => seat.Prefetch != _prefetch).Select(seat => seat.Lane.Number);
            throw new InvalidOperationException(
                $"{SettingsSchema.LanePrefetch.Key} = {_prefetch} waits in lane {string.Join(", ", late)}: what came back from earlier consumers must be worked off and checkpoints written first (paused, or the store does not answer?).");
        }
        return Effective();

        Dictionary<string, SettingValue> Effective() => new() { [SettingsSchema.LanePrefetch.Key] = SettingValue.Of(_prefetch) };
    }

    /// <inheritdoc cref="LaneSeat.ReopenAsync(Func{bool}, SemaphoreSlim?, CancellationToken)"/>
    public Task ReopenAsync(int lane) => _seats[lane].ReopenAsync(() => true, places: null, CancellationToken.None);
}
