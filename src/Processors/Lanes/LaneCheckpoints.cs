using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Processors.Lanes;

/// <summary>Takes the state of a lane's hunts now and then and writes it beside the next batches, one at a time. One worker's own.</summary>
public sealed class LaneCheckpoints(Checkpoints checkpoints, ILogger logger)
{
    private Task _writing = Task.CompletedTask;

    /// <param name="minEvents">not before so many events since the last one</param>
    public async Task WriteAsync(CachedHunt hunt, int minEvents)
    {
        if (hunt.Halted is not null || hunt.Hunt.Version - hunt.CheckpointVersion < minEvents) return;
        await _writing;
        hunt.CheckpointVersion = hunt.Hunt.Version;
        _writing = WriteAsync(Checkpoints.Take(hunt.Hunt));
    }

    public async Task WriteAllAsync(IEnumerable<CachedHunt> hunts)
    {
        foreach (var hunt in hunts) await WriteAsync(hunt, minEvents: 1);
        await _writing;
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
