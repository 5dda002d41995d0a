using Polly;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Store;
using Outcome = TreasureHunt.Contracts.Actions.Outcome;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Tells what was committed, then lets the bus acknowledge it: in the order of the commits, beside the next batch and at
/// most one batch behind. One lane's own.
/// </summary>
public sealed class BatchTeller(Lane lane, FactReader reader, Announcer announcer, LivePipeline store, StageClock stages, TimeProvider time, ILogger logger)
{
    private readonly ResiliencePipeline _retry = StoreRetry.Pipeline(store, time, _ => false, retry =>
        logger.LogWarning("Lane {Lane}: outcomes of repeated actions cannot be read, try {Try}: {Error}", lane.Number, retry.AttemptNumber + 1, retry.Outcome.Exception!.Message));

    /// <summary>Completes when all that was handed over is told. Never faults.</summary>
    public Task Told { get; private set; } = Task.CompletedTask;

    /// <summary>Waits for the batch before, not for this one.</summary>
    public async Task TellAsync(List<Slice> slices, DecidedBatch batch, CancellationToken cancel)
    {
        await Told;
        Told = Task.Run(() => RunAsync(slices, batch, cancel), CancellationToken.None);
    }

    private async Task RunAsync(List<Slice> slices, DecidedBatch batch, CancellationToken cancel)
    {
        try
        {
            await FillInAsync(slices, batch, cancel);
            Delivery[] ended = [.. slices.Where(slice => slice.IsLast).Select(slice => slice.Delivery)];
            await announcer.TellAsync(lane.Number, batch, ended);
            stages.Told(batch);
            foreach (var delivery in ended) lane.Complete(delivery);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Shutting down: the envelopes go back to the broker, and whoever decides them finds their actions decided.
        }
        catch (Exception e)
        {
            logger.LogError(e, "Lane {Lane}: what was committed could not be told; the lane is taken up anew.", lane.Number);
            _ = lane.Release(forGood: false);
        }
    }

    /// <summary>Fills in the outcomes that were asked for, in the order of the actions; those decided before are read from the store.</summary>
    private async Task FillInAsync(List<Slice> slices, DecidedBatch batch, CancellationToken cancel)
    {
        var asked = Asked(slices, batch).ToList();
        if (asked.Count == 0) return;
        var repeated = asked.Where(one => one.Verdict.Kind == VerdictKind.Repeated).Select(one => one.Verdict.EventId).ToHashSet();
        var stored = repeated.Count == 0 ? [] : await _retry.ExecuteAsync(async token => await reader.ByEventIdAsync(repeated, token), cancel);
        foreach (var (delivery, action, verdict) in asked)
        {
            delivery.Outcomes.Add(verdict.Kind switch
            {
                VerdictKind.Decided => Outcome.Of(action.Hunt, verdict.Version, verdict.Fact!),
                VerdictKind.Repeated when stored.TryGetValue(verdict.EventId, out var before) => Outcome.Of(action.Hunt, before.Version, before.Fact),
                VerdictKind.Conflict => new Outcome(action.Action.ActionId, action.Hunt, action.Actor, OutcomeStatus.Conflict, 0, null),
                _ => new Outcome(action.Action.ActionId, action.Hunt, action.Actor, OutcomeStatus.Parked, 0, null),
            });
        }
    }

    private static IEnumerable<(Delivery Delivery, AcceptedAction Action, Verdict Verdict)> Asked(List<Slice> slices, DecidedBatch batch)
    {
        var next = 0;
        foreach (var (delivery, from, count) in slices)
            for (var i = from; i < from + count; i++, next++)
                if (delivery.Envelope.Asks(i)) yield return (delivery, delivery.Envelope.Actions[i], batch.Verdicts[next]);
    }
}
