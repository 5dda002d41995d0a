using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// When lanes begin their batches: together, in rounds that are lane.pace apart at least, so that at middle load they share commits and
/// results instead of each having small ones of its own. Whoever comes when the last round is longer ago begins at once: an idle
/// process never waits. Thread-safe.
/// </summary>
public sealed class LaneRounds(LiveSettings settings, TimeProvider time)
{
    private readonly Lock _lock = new();

    // Under _lock.
    private Task _next = Task.CompletedTask; // the round that waits for its time, or the last that did
    private long? _began;

    public Task JoinAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_next.IsCompleted)
            {
                var rest = _began is { } began ? settings.Current.Lane.Pace - time.GetElapsedTime(began) : TimeSpan.Zero;
                if (rest <= TimeSpan.Zero)
                {
                    _began = time.GetTimestamp();
                    return Task.CompletedTask;
                }
                _next = BeginAsync(rest);
            }
            return _next.WaitAsync(cancel);
        }
    }

    private async Task BeginAsync(TimeSpan rest)
    {
        await Task.Delay(rest, time, CancellationToken.None);
        lock (_lock) _began = time.GetTimestamp();
    }
}
