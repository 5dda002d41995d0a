using TreasureHunt.ServiceDefaults.Memory;

namespace TreasureHunt.Ingress.Actions;

/// <summary>
/// A token bucket per subject and hunt, with rate and burst read live. A bucket that falls out of memory is full again.
/// Thread-safe.
/// </summary>
public sealed class RateLimits(TimeProvider clock)
{
    /// <summary>Buckets remembered per generation; two generations live at once.</summary>
    public const int MaxBucketsPerGeneration = 50_000;

    private readonly TwoGenerations<(string Subject, string Hunt), Bucket> _buckets = new(MaxBucketsPerGeneration);

    /// <summary>
    /// Takes <paramref name="actions"/>. A request larger than the burst passes when the bucket is full, and leaves a debt.
    /// </summary>
    /// <returns>zero when taken; else how long to wait</returns>
    public TimeSpan Take(string subject, string hunt, int actions, int ratePerSecond, int burst)
    {
        var bucket = _buckets.GetOrAdd((subject, hunt), _ => new Bucket { Tokens = burst, FilledAt = clock.GetTimestamp() });
        lock (bucket)
        {
            var now = clock.GetTimestamp();
            var gained = clock.GetElapsedTime(bucket.FilledAt, now).TotalSeconds * ratePerSecond;
            bucket.Tokens = Math.Min(burst, bucket.Tokens + gained);
            bucket.FilledAt = now;
            var needed = Math.Min(actions, burst);
            if (bucket.Tokens < needed) return TimeSpan.FromSeconds((needed - bucket.Tokens) / ratePerSecond);
            bucket.Tokens -= actions;
            return TimeSpan.Zero;
        }
    }

    /// <summary>What was taken and then not used, up to <paramref name="burst"/>.</summary>
    public void GiveBack(string subject, string hunt, int actions, int burst)
    {
        if (!_buckets.TryGet((subject, hunt), out var bucket)) return; // out of memory: full again
        lock (bucket) bucket.Tokens = Math.Min(burst, bucket.Tokens + actions);
    }

    private sealed class Bucket
    {
        // Both under a lock on the bucket.
        public double Tokens;
        public long FilledAt;
    }
}
