using System.Collections.Concurrent;

namespace TreasureHunt.ServiceDefaults.Memory;

/// <summary>Look-ups that are under way, by what is looked for: who asks meanwhile waits for the same one. Nothing is kept of what was found. Thread-safe.</summary>
public sealed class LookUps<TKey, TFound>(IEqualityComparer<TKey>? keys = null) where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<Task<TFound>>> _underWay = new(keys);

    /// <param name="lookUp">is begun unless one is under way, and ends in its own time: nobody's giving up cancels it</param>
    /// <param name="began">false: the look-up is another's</param>
    /// <returns>what it finds, or its failure; those who wait go on beside each other</returns>
    public Task<TFound> JoinAsync(TKey key, Func<Task<TFound>> lookUp, out bool began)
    {
        var mine = new Lazy<Task<TFound>>(() =>
        {
            var found = new TaskCompletionSource<TFound>(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = RunAsync(key, lookUp, found);
            return found.Task;
        });
        var joined = _underWay.GetOrAdd(key, mine);
        began = joined == mine;
        return joined.Value;
    }

    private async Task RunAsync(TKey key, Func<Task<TFound>> lookUp, TaskCompletionSource<TFound> found)
    {
        try
        {
            var result = await lookUp();
            _underWay.TryRemove(key, out _);
            found.SetResult(result);
        }
        catch (Exception e)
        {
            _underWay.TryRemove(key, out _);
            found.SetException(e);
        }
    }
}
