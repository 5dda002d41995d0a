namespace TreasureHunt.ServiceDefaults;

/// <summary>
/// Work that is cheaper together begins together: whoever comes first waits the pace for others, and all that came meanwhile begin in one round. After a round of
/// few actions the next one waits for a part of the pace only, and after a pause not at all: where little comes, nobody waits. Thread-safe.
/// </summary>
/// <param name="pace">read for every round</param>
public sealed class Rounds(Func<TimeSpan> pace, TimeProvider time)
{
    /// <summary>How much longer a round waits for every action of the round before: two thousand a second fill it more and more, up to the pace; fewer go on beginning as they come.</summary>
    private static readonly TimeSpan PerAction = TimeSpan.FromMilliseconds(0.5);

    /// <summary>No timer is finer.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>After so long without a round, the last one says nothing about the next.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();

    // Under _lock.
    private Task _next = Task.CompletedTask; // the round that waits for others, or the last that did
    private long? _began;
    private int _actions; // of the round that began last

    /// <summary>Completes when the round begins.</summary>
    /// <param name="cancel">ends this wait, not the round</param>
    public Task JoinAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            if (!_next.IsCompleted) return _next.WaitAsync(cancel);
            var wait = Wait();
            if (wait < Shortest)
            {
                Begin();
                return Task.CompletedTask;
            }
            _next = BeginAsync(wait);
            return _next.WaitAsync(cancel);
        }
    }

    /// <summary>Somebody of the round that began last took so many actions.</summary>
    public void Took(int actions)
    {
        lock (_lock) _actions += actions;
    }

    private TimeSpan Wait()
    {
        if (_began is not { } began || time.GetElapsedTime(began) >= Pause) return TimeSpan.Zero;
        var (longest, filling) = (pace(), _actions * PerAction);
        return filling < longest ? filling : longest;
    }

    private async Task BeginAsync(TimeSpan wait)
    {
        await Task.Delay(wait, time, CancellationToken.None);
        lock (_lock) Begin();
    }

    private void Begin() => (_began, _actions) = (time.GetTimestamp(), 0);
}
