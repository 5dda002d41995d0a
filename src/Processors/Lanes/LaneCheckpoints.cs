using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Processors.Lanes;

/// <summary>Takes the state of a lane's hunts now and then and writes it beside the next batches, one at a time. One worker's own.</summary>
public sealed class LaneCheckpoints(Checkpoints checkpoints, ILogger logger)
{
    /// <summary>
    /// A hunt's state grows with its events: written at a fixed distance, it would cost an action the more the longer the hunt is. So a tenth of the hunt may come
    /// after its checkpoint; where that takes long to fold, a fortieth (docs/adr/0021).
    /// </summary>
    public static bool IsDue(long version, long checkpointVersion, int every) =>
        version - checkpointVersion >= Math.Max(every, Math.Min(version / 10, Math.Max(LongToFold, version / 40)));

    public static bool IsDue(CachedHunt hunt, int every) => hunt.Halted is null && IsDue(hunt.Hunt.Version, hunt.CheckpointVersion, every);

    /// <summary>Events; up to half a second in a process that has just started.</summary>
    private const int LongToFold = 25_000;

    /// <summary>Completes when all that was taken is written. Never faults.</summary>
    public Task Written { get; private set; } = Task.CompletedTask;

    /// <summary>Waits for the write before, not for this one.</summary>
    /// <param name="every">not before so many events since the last one</param>
    public async Task WriteAsync(CachedHunt hunt, int every)
    {
        if (!IsDue(hunt, every)) return;
        await Written;
        Take(hunt);
    }

    /// <summary>So many events came since its last one that folding them anew takes longer than writing it: a tenth of <paramref name="every"/>.</summary>
    public static bool HasLongTail(CachedHunt hunt, int every) => hunt.Halted is null && hunt.Hunt.Version - hunt.CheckpointVersion >= every / 10;

    /// <summary>The lane is to be another's.</summary>
    public void WriteLongTail(CachedHunt hunt, int every)
    {
        if (HasLongTail(hunt, every)) Take(hunt);
    }

    private void Take(CachedHunt hunt)
    {
        hunt.CheckpointVersion = hunt.Hunt.Version;
        Written = WriteAsync(Checkpoints.Take(hunt.Hunt), Written);
    }

    private async Task WriteAsync(PendingCheckpoint checkpoint, Task before)
    {
        await before;
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
