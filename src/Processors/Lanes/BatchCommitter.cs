using Npgsql;
using Polly;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Brings a lane's batches into the store: decide, commit, again until it is committed or the lane is lost; the next one may be decided meanwhile. What the
/// store refuses for good is cut out and parked. One worker's own.
/// </summary>
public sealed class BatchCommitter
{
    /// <summary>Refused this often with the lane still ours, the lane is taken up anew: memory and store disagree by more than a race.</summary>
    private const int MostFences = 20;

    private readonly Lane _lane;
    private readonly LiveSettings _settings;
    private readonly HuntCache _cache;
    private readonly BatchDecider _decider;
    private readonly GroupCommit _commits;
    private readonly LaneMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _retry;

    public BatchCommitter(Lane lane, LiveSettings settings, HuntCache cache, BatchDecider decider, GroupCommit commits, LivePipeline store, LaneMetrics metrics, TimeProvider time, ILogger logger)
    {
        (_lane, _settings, _cache, _decider, _commits, _metrics, _time, _logger) = (lane, settings, cache, decider, commits, metrics, time, logger);
        _retry = StoreRetry.Pipeline(
            store, time,
            args => args.Outcome.Exception is BrokenActionException || (args.Outcome.Exception is FencedException && args.AttemptNumber < MostFences),
            retry =>
            {
                _cache.Clear(); // memory ran ahead of the store
                _metrics.Retried(_lane.Number);
                _logger.LogWarning("Lane {Lane}: batch not committed, try {Try}: {Error}", _lane.Number, retry.AttemptNumber + 1, retry.Outcome.Exception!.Message);
            });
    }

    /// <summary>
    /// Decides a batch while the one before it is being committed, ends that one, and hands this one to the store. Where the one before did not get through
    /// at its first try, what was decided on top of it is worth nothing: this one is then begun when it is ended. The one before is not kept waiting for the store:
    /// where hunts have to be read first, it is ended first. Never throws for this batch.
    /// </summary>
    /// <param name="before">ended by this; null: none is under way</param>
    /// <param name="committed">see <see cref="EndAsync"/></param>
    /// <exception cref="FencedException">see <see cref="EndAsync"/></exception>
    public async Task<BegunBatch> BeginAsync(List<Slice> slices, TimeSpan held, BegunBatch? before, Func<List<Slice>, DecidedBatch, Task> committed, CancellationToken cancel)
    {
        var begun = new BegunBatch(slices, _time.GetTimestamp(), held);
        if (before is not null && !_decider.HasInMemory(slices))
        {
            await EndAsync(before, committed, cancel);
            before = null;
        }
        var memory = _cache.Clears;
        DecidedBatch? decided = null;
        try
        {
            decided = await DecideAsync(begun, lookUpAll: false, cancel);
        }
        catch (Exception)
        {
            _cache.Clear(); // of no use for the batch before either; what failed is tried again, and told, where this one is ended
        }
        if (before is not null) await EndAsync(before, committed, cancel);
        return decided is null || _cache.Clears != memory || !_lane.Has(slices) || cancel.IsCancellationRequested
            ? begun
            : begun with { Decided = decided, FirstTry = StoredAsync(begun, decided) };
    }

    /// <summary>Until the batch is committed, or its lane is lost.</summary>
    /// <param name="committed">called after each commit, in order; the batch may be committed in parts</param>
    /// <exception cref="FencedException">the store does not agree with what this process reads from it</exception>
    public async Task EndAsync(BegunBatch begun, Func<List<Slice>, DecidedBatch, Task> committed, CancellationToken cancel)
    {
        DecidedBatch batch;
        try
        {
            batch = await TryAsync(begun, cancel);
        }
        catch (LaneLostException)
        {
            _cache.Clear();
            return;
        }
        catch (Exception e) when (e is not (OperationCanceledException or FencedException) && !StoreFailures.IsItsFault(e))
        {
            _cache.Clear();
            foreach (var part in Isolate(begun.Slices, e)) await EndAsync(new BegunBatch(part, _time.GetTimestamp(), begun.Held), committed, cancel);
            return;
        }
        _decider.ForgetBroken();
        await committed(begun.Slices, batch);
    }

    private async Task<DecidedBatch> TryAsync(BegunBatch begun, CancellationToken cancel)
    {
        var tries = 0;
        if (begun.FirstTry is Task underWay) await underWay.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what the store has is waited for, also by one that stops
        var batch = begun.FirstTry is { IsCompletedSuccessfully: true } stored ? await stored : await _retry.ExecuteAsync(async token =>
        {
            if (tries++ == 0 && begun.FirstTry is { } first) return await first;
            if (!_lane.Has(begun.Slices)) throw new LaneLostException();
            return await StoredAsync(begun, await DecideAsync(begun, lookUpAll: tries > 1, token));
        }, cancel);
        _metrics.Committed(_lane.Number, batch, _time.GetElapsedTime(begun.Began, batch.Times.Ended));
        return batch;
    }

    private async Task<DecidedBatch> DecideAsync(BegunBatch begun, bool lookUpAll, CancellationToken cancel)
    {
        var deciding = _time.GetTimestamp();
        var decided = await _decider.DecideAsync(begun.Slices, _settings.Current.Version, lookUpAll, cancel);
        decided.Writes.Encode();
        (decided.Times.Decided, decided.Times.Held) = (_time.GetElapsedTime(deciding), begun.Held);
        return decided;
    }

    private async Task<DecidedBatch> StoredAsync(BegunBatch begun, DecidedBatch decided)
    {
        if (!decided.Writes.IsEmpty) decided.Times.Waited = await _commits.CommitAsync(decided.Writes);
        decided.Times.Commit(_time, begun.Began);
        return decided;
    }

    /// <summary>The store refuses something in this batch for good: halve it until the culprit stands alone, then park that.</summary>
    private List<Slice>[] Isolate(List<Slice> slices, Exception cause)
    {
        var actions = slices.Sum(slice => slice.Count);
        if (actions > 1) return Halves(slices, actions / 2);
        var only = slices[0];
        _logger.LogError(cause, "Lane {Lane}: an action cannot be stored; it is parked.", _lane.Number);
        if (!_decider.MarkBroken(only.Delivery.Envelope.Actions[only.From], $"{cause.GetType().Name}: {cause.Message}"))
            throw new InvalidOperationException("Not even a parked row can be stored.", cause);
        return [slices];
    }

    private static List<Slice>[] Halves(List<Slice> slices, int first)
    {
        List<Slice> left = [], right = [];
        foreach (var slice in slices)
        {
            var take = Math.Clamp(first, 0, slice.Count);
            if (take > 0) left.Add(slice with { Count = take });
            if (take < slice.Count) right.Add(new Slice(slice.Delivery, slice.From + take, slice.Count - take));
            first -= take;
        }
        return [left, right];
    }
}

/// <summary>A batch under way; it has to be ended by <see cref="BatchCommitter.EndAsync"/>.</summary>
/// <param name="Began">timestamp: its actions were taken</param>
/// <param name="Held">see <see cref="BatchTimes.Held"/></param>
public sealed record BegunBatch(List<Slice> Slices, long Began, TimeSpan Held)
{
    /// <summary>What memory stands at now; null: it is decided when it is ended.</summary>
    public DecidedBatch? Decided { get; init; }

    /// <summary>Completes when that is stored; null: it was not tried yet.</summary>
    public Task<DecidedBatch>? FirstTry { get; init; }
}

public sealed class LaneLostException() : Exception("The lane's channel is closed; the broker has its messages back.");
