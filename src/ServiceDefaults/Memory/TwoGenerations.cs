using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace TreasureHunt.ServiceDefaults.Memory;

/// <summary>
/// A bounded memory: when the young generation is full it becomes the old one and the old one is forgotten; what is asked
/// for moves back to the young one. Holds at most twice <paramref name="maxPerGeneration"/> entries. Thread-safe.
/// </summary>
public sealed class TwoGenerations<TKey, TValue>(int maxPerGeneration, IEqualityComparer<TKey>? keys = null) where TKey : notnull
{
    private readonly Lock _turning = new();
    private volatile ConcurrentDictionary<TKey, TValue> _young = new(keys ?? EqualityComparer<TKey>.Default);
    private volatile ConcurrentDictionary<TKey, TValue> _old = new(keys ?? EqualityComparer<TKey>.Default);

    // ConcurrentDictionary.Count takes every lock it has; this is close enough to turn by.
    private int _youngCount;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.TryGetValue(key, out value)) return true;
        if (!_old.TryGetValue(key, out value)) return false;
        Set(key, value);
        return true;
    }

    /// <summary>Looks without counting as use.</summary>
    public bool TryPeek(TKey key, [MaybeNullWhen(false)] out TValue value) =>
        _young.TryGetValue(key, out value) || _old.TryGetValue(key, out value);

    public void Set(TKey key, TValue value)
    {
        Turn();
        if (_young.TryAdd(key, value)) Interlocked.Increment(ref _youngCount); else _young[key] = value;
    }

    /// <summary>One value per key, also when many threads ask at once.</summary>
    public TValue GetOrAdd(TKey key, Func<TKey, TValue> make)
    {
        if (_young.TryGetValue(key, out var value)) return value;
        Turn();
        var made = _old.TryGetValue(key, out var old) ? old : make(key);
        value = _young.GetOrAdd(key, made);
        if (ReferenceEquals(value, made)) Interlocked.Increment(ref _youngCount);
        return value;
    }

    public void Remove(TKey key)
    {
        if (_young.TryRemove(key, out _)) Interlocked.Decrement(ref _youngCount);
        _old.TryRemove(key, out _);
    }

    private void Turn()
    {
        if (Volatile.Read(ref _youngCount) < maxPerGeneration) return;
        lock (_turning)
        {
            if (_youngCount < maxPerGeneration) return;
            _old = _young;
            _young = new ConcurrentDictionary<TKey, TValue>(keys ?? EqualityComparer<TKey>.Default);
            Volatile.Write(ref _youngCount, 0);
        }
    }
}
