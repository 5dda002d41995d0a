using Npgsql;
using Polly;
using Polly.Retry;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Store;
using Outcome = TreasureHunt.Contracts.Actions.Outcome;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// The one worker of a lane: takes all that waits up to the batch cap, decides it in memory, commits it in one
/// transaction, then tells. Everything here runs on this worker alone, one batch at a time.
/// </summary>
public sealed class LaneWorker
{
    private readonly Lane _lane;
    private readonly LaneGate _gate;
    private readonly LiveSettings _settings;
    private readonly HuntCache _cache;
    private readonly BatchDecider _decider;
    private readonly HuntLog _log;
    private readonly Checkpoints _checkpoints;
    private readonly FactReader _reader;
    private readonly Announcer _announcer;
    private readonly LaneMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _processor;
    private readonly ResiliencePipeline _retry;

    /// <summary>Held during a batch: whoever else takes it finds the worker at rest.</summary>
    private readonly SemaphoreSlim _working = new(1, 1);
    private long _lastBatchEnded;
    private int _generation;
    private Task _checkpointing = Task.CompletedTask;

    public LaneWorker(
        Lane lane, LaneGate gate, LiveSettings settings, HuntCache cache, BatchDecider decider, HuntLog log,
        Checkpoints checkpoints, FactReader reader, Announcer announcer, LaneMetrics metrics, string processor, TimeProvider time, ILogger logger)
    {
        (_lane, _gate, _settings, _cache, _decider, _log) = (lane, gate, settings, cache, decider, log);
        (_checkpoints, _reader, _announcer, _metrics, _processor, _time, _logger) = (checkpoints, reader, announcer, metrics, processor, time, logger);
        _retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<FencedException>().Handle<BrokenActionException>().Handle<Exception>(IsTransient),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(20),
                MaxDelay = TimeSpan.FromSeconds(1),
                DelayGenerator = retry => ValueTask.FromResult<TimeSpan?>(retry.Outcome.Exception is BrokenActionException ? TimeSpan.Zero : null),
                MaxRetryAttempts = int.MaxValue, // what was accepted waits for the store as long as it takes
                OnRetry = retry =>
                {
                    _cache.Clear(); // memory ran ahead of the store
                    _metrics.Retried(_lane.Number);
                    _logger.LogWarning("Lane {Lane}: batch not committed, try {Try}: {Error}", _lane.Number, retry.AttemptNumber + 1, retry.Outcome.Exception!.Message);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    public Lane Lane => _lane;

    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await _lane.WaitAsync(cancel);
                await PaceAsync(cancel);
                await _gate.EnterAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            try
            {
                await _working.WaitAsync(CancellationToken.None);
                try
                {
                    var now = _settings.Current.Lane;
                    if (now.Concurrency > 0 && !now.Paused) await WorkAsync(_lane.Take(now.BatchCap, now.Window), cancel);
                }
                finally
                {
                    _working.Release();
                }
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return; // shutting down: what was not committed goes back to the broker
            }
            catch (Exception e)
            {
                // Nothing may end a lane's worker. The batch's messages stay unacknowledged: start over with a fresh channel.
                _logger.LogError(e, "Lane {Lane}: batch failed; the lane is taken up anew.", _lane.Number);
                _cache.Clear();
                _lane.Release(forGood: false);
            }
            finally
            {
                _gate.Exit();
                _lastBatchEnded = _time.GetTimestamp();
            }
        }
    }

    /// <summary>Waits for the running commit, then gives the lane up, in order. Pending checkpoints are written first.</summary>
    public async Task ReleaseAsync(bool forGood)
    {
        await _working.WaitAsync();
        try
        {
            _lane.Release(forGood);
            if (forGood)
            {
                foreach (var hunt in _cache.All) await CheckpointAsync(hunt, minEvents: 1);
                await _checkpointing;
            }
            _cache.Clear();
        }
        finally
        {
            _working.Release();
        }
    }

    private async Task PaceAsync(CancellationToken cancel)
    {
        var rest = _settings.Current.Lane.Pace - _time.GetElapsedTime(_lastBatchEnded);
        if (_lastBatchEnded != 0 && rest > TimeSpan.Zero) await Task.Delay(rest, _time, cancel);
    }

    private async Task WorkAsync(List<Slice> slices, CancellationToken cancel)
    {
        if (slices.Count == 0) return;
        if (_generation != _lane.Generation)
        {
            _generation = _lane.Generation;
            _cache.Clear(); // others may have written while the lane was elsewhere
        }
        try
        {
            await CommitAsync(slices, cancel);
        }
        catch (LaneLostException)
        {
            _cache.Clear();
            return;
        }
        catch (Exception e) when (e is not OperationCanceledException && !IsTransient(e))
        {
            _cache.Clear();
            await IsolateAsync(slices, e, cancel);
        }
        _decider.ForgetBroken();
    }

    /// <summary>Decide, commit, tell; again until it is committed or the lane is lost.</summary>
    private async Task CommitAsync(List<Slice> slices, CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        var tries = 0;
        var batch = await _retry.ExecuteAsync(async token =>
        {
            if (slices.Exists(slice => !slice.Delivery.Channel.IsOpen)) throw new LaneLostException();
            var decided = await _decider.DecideAsync(slices, _settings.Current.Version, lookUpAll: tries++ > 0, token);
            if (!decided.Writes.IsEmpty) await _log.CommitAsync(decided.Writes, CancellationToken.None);
            return decided;
        }, cancel);

        await AnswerAsync(slices, batch, cancel);
        await _announcer.FactsAsync(_lane.Number, _processor, batch);
        foreach (var slice in slices)
        {
            if (!slice.IsLast) continue;
            await _announcer.OutcomesAsync(slice.Delivery);
            _lane.Complete(slice.Delivery);
        }
        _metrics.Committed(_lane.Number, batch, _time.GetElapsedTime(started));
        foreach (var hunt in batch.Touched.Keys) await CheckpointAsync(hunt, _settings.Current.Checkpoint.Every);
    }

    /// <summary>Fills in the outcomes, in the order of the actions; those decided before are read from the store.</summary>
    private async Task AnswerAsync(List<Slice> slices, DecidedBatch batch, CancellationToken cancel)
    {
        HashSet<Guid>? repeated = null;
        foreach (var verdict in batch.Verdicts)
            if (verdict.Kind == VerdictKind.Repeated) (repeated ??= []).Add(verdict.EventId);
        var stored = repeated is null ? [] : await _retry.ExecuteAsync(async token => await _reader.ByEventIdAsync(repeated, token), cancel);

        var next = 0;
        foreach (var slice in slices)
        {
            for (var i = slice.From; i < slice.From + slice.Count; i++)
            {
                var action = slice.Delivery.Envelope.Actions[i];
                var verdict = batch.Verdicts[next++];
                slice.Delivery.Outcomes.Add(verdict.Kind switch
                {
                    VerdictKind.Decided => Outcome.Of(action.Hunt, verdict.Version, verdict.Fact!),
                    VerdictKind.Repeated when stored.TryGetValue(verdict.EventId, out var before) => Outcome.Of(action.Hunt, before.Version, before.Fact),
                    VerdictKind.Conflict => new Outcome(action.Action.ActionId, action.Hunt, action.Actor, OutcomeStatus.Conflict, 0, null),
                    _ => new Outcome(action.Action.ActionId, action.Hunt, action.Actor, OutcomeStatus.Parked, 0, null),
                });
            }
        }
    }

    /// <summary>The store refuses something in this batch for good: halve it until the culprit stands alone, then park that.</summary>
    private async Task IsolateAsync(List<Slice> slices, Exception cause, CancellationToken cancel)
    {
        var actions = slices.Sum(slice => slice.Count);
        if (actions > 1)
        {
            foreach (var half in Halves(slices, actions / 2)) await WorkAsync(half, cancel);
            return;
        }
        var only = slices[0];
        var action = only.Delivery.Envelope.Actions[only.From];
        _logger.LogError(cause, "Lane {Lane}: an action cannot be stored; it is parked.", _lane.Number);
        if (!_decider.MarkBroken(action, $"{cause.GetType().Name}: {cause.Message}"))
            throw new InvalidOperationException("Not even a parked row can be stored.", cause);
        await WorkAsync(slices, cancel);
    }

    private static IEnumerable<List<Slice>> Halves(List<Slice> slices, int first)
    {
        List<Slice> left = [], right = [];
        foreach (var slice in slices)
        {
            var take = Math.Min(first, slice.Count);
            if (take > 0) left.Add(slice with { Count = take });
            if (take < slice.Count) right.Add(new Slice(slice.Delivery, slice.From + take, slice.Count - take));
            first -= take;
        }
        return [left, right];
    }

    /// <summary>Takes the state now, writes it beside the next batches; one at a time.</summary>
    private async Task CheckpointAsync(CachedHunt hunt, int minEvents)
    {
        if (hunt.Halted is not null || hunt.Hunt.Version - hunt.CheckpointVersion < minEvents) return;
        await _checkpointing;
        hunt.CheckpointVersion = hunt.Hunt.Version;
        _checkpointing = WriteAsync(Checkpoints.Take(hunt.Hunt));

        async Task WriteAsync(PendingCheckpoint checkpoint)
        {
            try
            {
                await _checkpoints.WriteAsync(checkpoint, CancellationToken.None);
            }
            catch (Exception e)
            {
                _logger.LogWarning("Checkpoint of {Hunt} not written ({Error}); the next one will be.", checkpoint.Hunt, e.Message);
            }
        }
    }

    /// <summary>Worth waiting for: the server is away or busy, not: it says no.</summary>
    private static bool IsTransient(Exception e) => e switch
    {
        PostgresException postgres => postgres.IsTransient || postgres.SqlState is "57P01" or "57P02" or "57P03" or "25P03" or "25P02" || postgres.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException or TimeoutException or System.IO.IOException or System.Net.Sockets.SocketException => true,
        _ => e.InnerException is { } inner && IsTransient(inner),
    };
}

public sealed class LaneLostException() : Exception("The lane's channel is closed; the broker has its messages back.");
