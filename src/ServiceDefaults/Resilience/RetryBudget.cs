namespace TreasureHunt.ServiceDefaults.Resilience;

/// <summary>
/// How many retries one pipeline may afford, so that they do not multiply an outage: a bucket of tokens. Every call puts a
/// share of a token in, every second one, every retry takes one out; no more than a reserve is kept. So while everything
/// fails, retries are at most the share of the calls, beside one a second and the reserve once. Thread-safe.
/// </summary>
public sealed class RetryBudget(TimeProvider time)
{
    /// <summary>Tokens kept at most, and at the start: a short failure of few calls is always tried again.</summary>
    public const int Reserve = 10;

    public const int PerSecond = 1;

    private readonly Lock _lock = new();

    // Under _lock.
    private double _tokens = Reserve;
    private long _filledAt = time.GetTimestamp();

    /// <summary>To be called once per call, before its first attempt.</summary>
    /// <param name="percent">of a token</param>
    public void Called(int percent)
    {
        lock (_lock) _tokens = Math.Min(Reserve, _tokens + percent / 100.0);
    }

    /// <returns>false: no retry now</returns>
    public bool TryTake()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(Reserve, _tokens + time.GetElapsedTime(_filledAt, now).TotalSeconds * PerSecond);
            _filledAt = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
