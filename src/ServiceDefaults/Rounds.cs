namespace TreasureHunt.ServiceDefaults;

/// <summary>
/// Work that is cheaper together begins together: whoever comes first waits the pace for others, and all that came meanwhile begin in one round. Where little
/// comes, nobody waits. Thread-safe.
/// </summary>
/// <param name="pace">read for every round</param>
/// <param name="perAction">the share of each of a round's actions in the time until the next: where they come more seldom than that, nobody waits</param>
public sealed class Rounds(Func<TimeSpan> pace, TimeProvider time, TimeSpan perAction)
{
    /// <summary>Of players' actions: two thousand a second.</summary>
    public static readonly TimeSpan PerAction = TimeSpan.FromMilliseconds(0.5);

    /// <summary>No timer is finer.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>After so long without a round, the last one says nothing about the next.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();

    // Under _lock.
    private TaskCompletionSource? _next; // the round that waits for others; null: none does
    private long? _began;
    private int _actions; // of the round that began last

    /// <summary>Completes when the round begins.</summary>
    /// <param name="cancel">ends this wait, not the round</param>
    public Task JoinAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_next is not null) return _next.Task.WaitAsync(cancel);
            var wait = Wait();
            if (wait < Shortest)
            {
                Begin();
                return Task.CompletedTask;
            }
            var next = _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously); // its lanes begin beside each other
            _ = BeginAfterAsync(wait); // may have begun when it returns
            return next.Task.WaitAsync(cancel);
        }
    }

    /// <summary>Somebody of the round that began last took so many actions.</summary>
    public void Took(int actions)
    {
        lock (_lock) _actions += actions;
    }

    private TimeSpan Wait()
    {
        if (_began is not { } began) return TimeSpan.Zero;
        var since = time.GetElapsedTime(began);
        if (since >= Pause) return TimeSpan.Zero;
        var (longest, filling) = (pace(), _actions * perAction - since);
        return filling < longest ? filling : longest;
    }

    private async Task BeginAfterAsync(TimeSpan wait)
    {
        await Task.Delay(wait, time, CancellationToken.None);
        TaskCompletionSource? next;
        lock (_lock)
        {
            Begin();
            (next, _next) = (_next, null);
        }
        next!.SetResult();
    }

    private void Begin() => (_began, _actions) = (time.GetTimestamp(), 0);
}
