using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Lanes share transactions: what is to be committed while others are being committed goes together in the next one, so that what a
/// commit costs is paid once for all of them. Thread-safe.
/// </summary>
public sealed class GroupCommit
{
    /// <summary>Facts in one transaction at most; a batch that is larger by itself goes alone.</summary>
    public const int MaxFacts = 8_192;

    private readonly Func<BatchWrites, Task> _commit;
    private readonly TimeProvider _time;
    private readonly Grouped<Waiting> _groups;

    public GroupCommit(HuntLog log, LiveSettings settings, LaneMetrics metrics, TimeProvider time)
        : this(
            async writes =>
            {
                await log.CommitAsync(writes, CancellationToken.None);
                metrics.Commit();
            },
            () => settings.Current.Lane.Concurrency, time)
    {
    }

    /// <param name="commit">all or nothing, see <see cref="HuntLog.CommitAsync"/></param>
    /// <param name="atOnce">transactions under way at most, each on a connection; what was begun is ended, so 0 counts as 1</param>
    public GroupCommit(Func<BatchWrites, Task> commit, Func<int> atOnce, TimeProvider time)
    {
        (_commit, _time) = (commit, time);
        _groups = new Grouped<Waiting>(BeginAsync, atOnce, waiting => waiting.Writes.Facts, MaxFacts);
    }

    /// <summary>Transactions under way.</summary>
    public int UnderWay => _groups.UnderWay;

    /// <inheritdoc cref="HuntLog.CommitAsync"/>
    /// <returns>how long it waited for its turn, because as many transactions as lane.concurrency says were under way</returns>
    public async Task<TimeSpan> CommitAsync(BatchWrites writes)
    {
        var mine = new Waiting(writes, _time.GetTimestamp());
        _groups.Add(mine);
        await mine.Done.Task;
        return mine.Waited;
    }

    private Task BeginAsync(IReadOnlyList<Waiting> group)
    {
        foreach (var waiting in group) waiting.Waited = _time.GetElapsedTime(waiting.Since);
        return group.Count == 1 ? AloneAsync(group[0]) : TogetherAsync(group);
    }

    private async Task TogetherAsync(IReadOnlyList<Waiting> group)
    {
        try
        {
            await _commit(BatchWrites.Together(group.Select(waiting => waiting.Writes)));
        }
        catch (Exception e) when (!StoreFailures.IsItsFault(e))
        {
            // One of them is refused, and with it all: each alone, so that it hurts nobody else.
            foreach (var waiting in group) await AloneAsync(waiting);
            return;
        }
        catch (Exception e)
        {
            foreach (var waiting in group) waiting.Done.SetException(e);
            return;
        }
        foreach (var waiting in group) waiting.Done.SetResult();
    }

    private async Task AloneAsync(Waiting waiting)
    {
        try
        {
            await _commit(waiting.Writes);
            waiting.Done.SetResult();
        }
        catch (Exception e)
        {
            waiting.Done.SetException(e);
        }
    }

    private sealed record Waiting(BatchWrites Writes, long Since)
    {
        public TimeSpan Waited { get; set; } // before Done

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
