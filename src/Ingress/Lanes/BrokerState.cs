namespace TreasureHunt.Ingress.Lanes;

/// <summary>
/// Does the broker take what we publish? After a failure (no connection, blocked, no confirm in time) requests are
/// refused at once, but for one each <see cref="TryEvery"/> that finds out; one success ends it. Thread-safe.
/// </summary>
public sealed class BrokerState(TimeProvider clock)
{
    public static readonly TimeSpan TryEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private volatile bool _away;
    private long _lastTry;

    public bool IsAway => _away;

    /// <summary>True when it works, and for the one request that finds out whether it works again.</summary>
    public bool MayTry()
    {
        if (!_away) return true;
        lock (_lock)
        {
            if (_away && clock.GetElapsedTime(_lastTry) < TryEvery) return false;
            _lastTry = clock.GetTimestamp();
            return true;
        }
    }

    /// <returns>true when this is news</returns>
    public bool Failed()
    {
        lock (_lock)
        {
            var news = !_away;
            _away = true;
            _lastTry = clock.GetTimestamp();
            return news;
        }
    }

    /// <returns>true when this is news</returns>
    public bool Worked()
    {
        if (!_away) return false;
        lock (_lock)
        {
            var news = _away;
            _away = false;
            return news;
        }
    }
}
