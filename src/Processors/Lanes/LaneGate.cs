using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// How many lanes of this process may work at once: lane.concurrency, or none while lane.paused. A change is O(1) and in
/// force at once: no lane enters above the new limit. Waiters enter in the order they came. Thread-safe.
/// </summary>
public sealed class LaneGate
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private int _limit;
    private int _inside;

    public LaneGate(LiveSettings settings)
    {
        Resize(settings.Current);
        settings.Changed += Resize;
    }

    public int Limit { get { lock (_lock) return _limit; } }

    public int Inside { get { lock (_lock) return _inside; } }

    public async Task EnterAsync(CancellationToken cancel)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (_inside < _limit && _waiting.Count == 0)
            {
                _inside++;
                return;
            }
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
        }
        await using var onCancel = cancel.Register(() => turn.TrySetCanceled(cancel));
        await turn.Task;
    }

    public void Exit()
    {
        lock (_lock)
        {
            _inside--;
            Admit();
        }
    }

    private void Resize(Settings settings)
    {
        lock (_lock)
        {
            _limit = settings.Lane.Paused ? 0 : settings.Lane.Concurrency;
            Admit();
        }
    }

    private void Admit()
    {
        while (_inside < _limit && _waiting.TryDequeue(out var next))
            if (next.TrySetResult()) _inside++; // a cancelled waiter takes no place
    }
}
