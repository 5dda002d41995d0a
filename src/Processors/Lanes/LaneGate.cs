using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Whether lanes of this process may begin batches: not while lane.paused, nor at lane.concurrency = 0. A change is in force at
/// once; what was begun ends. Thread-safe.
/// </summary>
public sealed class LaneGate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _opens; // null: it is open

    public LaneGate(LiveSettings settings)
    {
        Turn(settings.Current);
        settings.Changed += Turn;
    }

    public bool IsOpen { get { lock (_lock) return _opens is null; } }

    /// <summary>Completes when it is open; look again before a batch is begun.</summary>
    public Task OpenAsync(CancellationToken cancel)
    {
        lock (_lock) return _opens is null ? Task.CompletedTask : _opens.Task.WaitAsync(cancel);
    }

    private void Turn(Settings settings)
    {
        lock (_lock)
        {
            if (settings.Lane.Paused || settings.Lane.Concurrency == 0)
            {
                _opens ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return;
            }
            _opens?.SetResult();
            _opens = null;
        }
    }
}
