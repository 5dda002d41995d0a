namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Restores queue order. The bus dispatches deliveries concurrently, but delivery tags of one channel are contiguous from
/// 1: an item is released when every tag before it has been released or closed. One per channel; the lane's lock guards it.
/// </summary>
public sealed class Sequencer<T> where T : class
{
    private readonly Dictionary<ulong, T?> _held = [];
    private ulong _next = 1;

    /// <summary>Tags delivered or closed but still waiting for an earlier one.</summary>
    public int Held => _held.Count;

    /// <summary>Adds a delivery and releases all that are next in order.</summary>
    public void Add(ulong tag, T item, Queue<T> ready)
    {
        if (tag < _next) throw new ArgumentOutOfRangeException(nameof(tag), tag, $"Tag was released already; the next is {_next}.");
        _held[tag] = item;
        Release(ready);
    }

    /// <summary>A message that never reaches the consumer (unreadable, unknown type) must not hold up those behind it.</summary>
    public void Close(ulong tag, Queue<T> ready)
    {
        if (tag < _next || _held.ContainsKey(tag)) return;
        _held[tag] = null;
        Release(ready);
    }

    private void Release(Queue<T> ready)
    {
        while (_held.Remove(_next, out var item))
        {
            _next++;
            if (item is not null) ready.Enqueue(item);
        }
    }
}
