using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Resilience;

/// <summary>How long to wait before a retry.</summary>
public static class Backoff
{
    /// <summary>Doubles from the first delay to the longest, less up to half of it at random, so that callers that failed together do not come back together.</summary>
    /// <param name="retry">0: before the first retry</param>
    public static TimeSpan Before(int retry, CallPolicy policy)
    {
        var whole = Math.Min(policy.MaxDelay.TotalMilliseconds, policy.FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(retry, 30)));
        return TimeSpan.FromMilliseconds(whole * (0.5 + Random.Shared.NextDouble() / 2));
    }
}
