namespace TreasureHunt.Tests.Benchmarks.Claims.Lookups;

/// <summary>
/// Keeps an answer for a second; whoever comes when it is older waits for one new call, together with all others (single flight). An answer
/// that is too old is not used, also when there is no other. Thread-safe.
/// </summary>
public sealed class CachedLookup(ILookup inner, TimeProvider time) : ILookup
{
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private volatile Kept? _kept;
    private Task<CentralValue>? _flight;

    public long Calls => inner.Calls;

    public ValueTask<CentralValue> GetAsync(CancellationToken cancel)
    {
        if (Fresh() is { } value) return ValueTask.FromResult(value);
        lock (_lock)
        {
            if (Fresh() is { } meanwhile) return ValueTask.FromResult(meanwhile);
            if (_flight is null or { IsCompleted: true }) _flight = AskAsync();
            return new ValueTask<CentralValue>(_flight.WaitAsync(cancel));
        }
    }

    private CentralValue? Fresh() => _kept is { } kept && time.GetElapsedTime(kept.At) < Life ? kept.Value : null;

    private async Task<CentralValue> AskAsync()
    {
        var at = time.GetTimestamp();
        var value = await inner.GetAsync(CancellationToken.None);
        _kept = new Kept(value, at);
        return value;
    }

    private sealed record Kept(CentralValue Value, long At);
}
