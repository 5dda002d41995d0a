using Npgsql;
using Polly;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Brings a lane's batch into the store: decide, commit, again until it is committed or the lane is lost. What the store
/// refuses for good is cut out and parked. One worker's own.
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

    /// <param name="committed">called after each commit, in order; the batch may be committed in parts</param>
    /// <exception cref="FencedException">the store does not agree with what this process reads from it</exception>
    public async Task CommitAsync(List<Slice> slices, Func<List<Slice>, DecidedBatch, Task> committed, CancellationToken cancel)
    {
        DecidedBatch batch;
        try
        {
            batch = await DecideAndCommitAsync(slices, cancel);
        }
        catch (LaneLostException)
        {
            _cache.Clear();
            return;
        }
        catch (Exception e) when (e is not (OperationCanceledException or FencedException) && !StoreFailures.IsItsFault(e))
        {
            _cache.Clear();
            foreach (var part in Isolate(slices, e)) await CommitAsync(part, committed, cancel);
            return;
        }
        _decider.ForgetBroken();
        await committed(slices, batch);
    }

    private async Task<DecidedBatch> DecideAndCommitAsync(List<Slice> slices, CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        var tries = 0;
        var batch = await _retry.ExecuteAsync(async token =>
        {
            if (!_lane.Has(slices)) throw new LaneLostException();
            var deciding = _time.GetTimestamp();
            var decided = await _decider.DecideAsync(slices, _settings.Current.Version, lookUpAll: tries++ > 0, token);
            decided.Times.Decided = _time.GetElapsedTime(deciding);
            if (!decided.Writes.IsEmpty) await _commits.CommitAsync(decided.Writes);
            return decided;
        }, cancel);
        batch.Times.Commit(_time, started);
        _metrics.Committed(_lane.Number, batch, _time.GetElapsedTime(started));
        return batch;
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

public sealed class LaneLostException() : Exception("The lane's channel is closed; the broker has its messages back.");
