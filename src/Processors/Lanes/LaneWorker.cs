using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// The one worker of a lane: takes all that waits up to the batch cap, has it decided and committed in one transaction, and
/// leaves the telling to run beside the next batch. Where plenty waits, the next batch is decided while this one is being committed (docs/adr/0022).
/// </summary>
public sealed class LaneWorker(
    Lane lane, LaneGate gate, Rounds rounds, LiveSettings settings, HuntCache cache, BatchCommitter committer, BatchTeller teller, LaneCheckpoints checkpoints,
    StageClock stages, ILogger logger)
{
    /// <summary>Held during a batch: whoever else takes it finds the worker at rest.</summary>
    private readonly SemaphoreSlim _working = new(1, 1);
    private int _waiting; // who wants it to be at rest
    private int _generation;

    /// <summary>What fails at once, every time, must not take a core.</summary>
    private static readonly TimeSpan AfterError = TimeSpan.FromMilliseconds(100);

    public Lane Lane => lane;

    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                while (!await lane.WaitAsync(HuntCache.MaxIdle, cancel)) await AtRestAsync(cache.LetGoOfIdle, cancel);
                stages.AskSettings();
                if (!lane.HasPlenty) await rounds.JoinAsync(cancel);
                await gate.OpenAsync(cancel);
                stages.HaveSettings();
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogError(e, "Lane {Lane}: waiting for work failed; it goes on.", lane.Number);
                await Task.Delay(AfterError, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            await _working.WaitAsync(CancellationToken.None);
            try
            {
                await WorkAsync(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                cache.Clear(); // shutting down: what was not committed goes back to the broker and is no state to keep
                return;
            }
            catch (Exception e)
            {
                // Nothing may end a lane's worker. The batch's messages stay unacknowledged: start over with a fresh channel.
                logger.LogError(e, "Lane {Lane}: batch failed; the lane is taken up anew.", lane.Number);
                cache.Clear();
                _ = lane.Release(forGood: false);
            }
            finally
            {
                _working.Release(); // not before the cache is what the store is: whoever comes next may write checkpoints of it
            }
        }
    }

    /// <summary>
    /// The lane is about to be another's: what that one would have to read long is written while the lane still works, and little is left to read when it stands still.
    /// </summary>
    public async Task WriteLongTailsAsync(CancellationToken cancel)
    {
        string[] hunts = [];
        await AtRestAsync(() =>
        {
            if (_generation == lane.Generation) // else another works it, and writes them
                hunts = [.. cache.All.Where(cached => LaneCheckpoints.HasLongTail(cached, settings.Current.Checkpoint.Every)).Select(cached => cached.Hunt.Slug)];
        }, cancel);
        foreach (var slug in hunts)
        {
            cancel.ThrowIfCancellationRequested();
            await AtRestAsync(() =>
            {
                if (cache.Find(slug) is { } hunt) checkpoints.WriteLongTail(hunt, settings.Current.Checkpoint.Every);
            }, cancel);
            await checkpoints.Written.WaitAsync(cancel);
        }
    }

    /// <summary>
    /// Gives the lane, which is leaving, up in order: when it may leave, the running commit is over and its results are told. Completes when the channel is closed.
    /// </summary>
    /// <exception cref="OperationCanceledException">it might not leave in time, and was not given up</exception>
    public async Task ReleaseAsync(CancellationToken cancel)
    {
        while (!await TryReleaseAsync(atOnce: false)) await lane.MayLeaveAsync(cancel);
    }

    /// <summary>The same at once, whether it may leave or not.</summary>
    public Task ReleaseNowAsync() => TryReleaseAsync(atOnce: true);

    private async Task<bool> TryReleaseAsync(bool atOnce)
    {
        await RestAsync(CancellationToken.None);
        try
        {
            await teller.Told;
            if (!atOnce && !lane.MayLeave) return false;
            await lane.Release(forGood: true);
            return true;
        }
        finally
        {
            _working.Release();
        }
    }

    /// <summary>The worker ends what is under way, with a batch that is being decided already, and begins nothing more until <see cref="_working"/> is released.</summary>
    private async Task RestAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _working.WaitAsync(cancel);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task AtRestAsync(Action action, CancellationToken cancel)
    {
        await RestAsync(cancel);
        try
        {
            action();
        }
        finally
        {
            _working.Release();
        }
    }

    /// <summary>A batch, and those that can be decided while the one before is being committed. In the end memory is what the store is.</summary>
    private async Task WorkAsync(CancellationToken cancel)
    {
        BegunBatch? begun = null;
        do
        {
            stages.AskSettings();
            var now = settings.Current.Lane;
            stages.HaveSettings();
            if (!gate.IsOpen) break;
            var slices = lane.Take(now.BatchCap, now.Window - (begun?.Slices.Count ?? 0));
            var held = stages.Begin();
            if (slices.Count == 0) break;
            rounds.Took(slices.Sum(slice => slice.Count));
            if (_generation != lane.Generation)
            {
                if (begun is not null) await committer.EndAsync(begun, CommittedAsync, cancel);
                (begun, _generation) = (null, lane.Generation);
                cache.Doubt(); // others may have written while the lane was elsewhere
            }
            begun = await committer.BeginAsync(slices, held, begun, CommittedAsync, cancel);
        }
        while (MayDecideAhead(begun));
        if (begun is not null) await committer.EndAsync(begun, CommittedAsync, cancel);
        cache.LetGoOfIdle(); // after it: what was just played is no longer idle

        async Task CommittedAsync(List<Slice> part, DecidedBatch batch)
        {
            stages.Committed(lane.Number, part, batch);
            await teller.TellAsync(part, batch, cancel);
            foreach (var (hunt, writes) in batch.Touched)
                if (cache.Find(writes.Hunt) == hunt && hunt.Hunt.Version == writes.VersionAfter) await checkpoints.WriteAsync(hunt, settings.Current.Checkpoint.Every); // else memory is ahead of the store
        }
    }

    /// <summary>A checkpoint that is due wants memory to be what the store is, and so does whoever waits for the worker to be at rest.</summary>
    private bool MayDecideAhead(BegunBatch begun) =>
        begun.Decided is { } batch && lane.HasPlenty && Volatile.Read(ref _waiting) == 0
        && !batch.Touched.Keys.Any(hunt => LaneCheckpoints.IsDue(hunt, settings.Current.Checkpoint.Every));
}
