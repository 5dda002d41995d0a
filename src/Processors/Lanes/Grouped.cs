namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Work that comes while some is under way is done together next, in the order it came; nobody waits while none is. Thread-safe.
/// </summary>
/// <param name="work">called with one item at least; must not throw</param>
/// <param name="atOnce">groups under way at most, read for every item; never less than 1</param>
/// <param name="weight">of an item</param>
/// <param name="maxWeight">of a group; an item that weighs more goes alone</param>
public sealed class Grouped<T>(Func<IReadOnlyList<T>, Task> work, Func<int> atOnce, Func<T, int> weight, int maxWeight)
{
    private readonly Lock _lock = new();

    // Under _lock.
    private readonly Queue<T> _waiting = [];
    private int _underWay;

    public int UnderWay { get { lock (_lock) return _underWay; } }

    public void Add(T item)
    {
        lock (_lock)
        {
            _waiting.Enqueue(item);
            if (_underWay >= Math.Max(1, atOnce())) return;
            _underWay++;
        }
        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        while (Next() is { Count: > 0 } group) await work(group);
    }

    private List<T> Next()
    {
        var group = new List<T>();
        lock (_lock)
        {
            var total = 0;
            while (_waiting.TryPeek(out var next) && (group.Count == 0 || total + weight(next) <= maxWeight))
            {
                total += weight(next);
                group.Add(_waiting.Dequeue());
            }
            if (group.Count == 0) _underWay--;
        }
        return group;
    }
}
