using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Processors.Lanes;

/// <summary>Takes the state of a lane's hunts now and then and writes it beside the next batches, one at a time. One worker's own.</summary>
public sealed class LaneCheckpoints(Checkpoints checkpoints, ILogger logger)
{
    private Task _writing = Task.CompletedTask;

    /// <summary>
    /// A hunt's state grows with its events: written at a fixed distance, it would cost an action the more the longer the hunt is. So a twentieth of the hunt
    /// may come after its checkpoint, which is folded in a twentieth of the time the whole would take.
    /// </summary>
    public static bool IsDue(long version, long checkpointVersion, int every) => version - checkpointVersion >= Math.Max(every, version / 20);

    /// <param name="every">not before so many events since the last one</param>
    public async Task WriteAsync(CachedHunt hunt, int every)
    {
        if (hunt.Halted is null && IsDue(hunt.Hunt.Version, hunt.CheckpointVersion, every)) await TakeAsync(hunt);
    }

    /// <summary>The lane is given up: of every hunt with so many events since its last one that folding them anew takes longer than writing it, a tenth of <paramref name="every"/>.</summary>
    public async Task WriteLongTailsAsync(IEnumerable<CachedHunt> hunts, int every)
    {
        foreach (var hunt in hunts)
            if (hunt.Halted is null && hunt.Hunt.Version - hunt.CheckpointVersion >= every / 10) await TakeAsync(hunt);
        await _writing;
    }

    private async Task TakeAsync(CachedHunt hunt)
    {
        await _writing;
        hunt.CheckpointVersion = hunt.Hunt.Version;
        _writing = WriteAsync(Checkpoints.Take(hunt.Hunt));
    }

    private async Task WriteAsync(PendingCheckpoint checkpoint)
    {
        try
        {
            await checkpoints.WriteAsync(checkpoint, CancellationToken.None);
            LaneMetrics.Checkpointed();
        }
        catch (Exception e)
        {
            logger.LogWarning("Checkpoint of {Hunt} not written ({Error}); the next one will be.", checkpoint.Hunt, e.Message);
        }
    }
}
