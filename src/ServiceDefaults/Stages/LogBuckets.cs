using System.Numerics;

namespace TreasureHunt.ServiceDefaults.Stages;

/// <summary>
/// Buckets whose width grows with the value: <see cref="PerDoubling"/> to each power of two, so that a value is known within 1/16, whatever its size.
/// The same idea as HdrHistogram's, without its configuration.
/// </summary>
public static class LogBuckets
{
    public const int PerDoubling = 16;

    private const int Doublings = 32;

    /// <summary>2^36 - 1; in microseconds, 19 hours: what lasts longer counts as this.</summary>
    public const long MaxValue = (1L << (Doublings + 4)) - 1;

    public const int Count = (Doublings + 1) * PerDoubling;

    /// <param name="value">negative counts as 0</param>
    public static int Of(long value)
    {
        value = Math.Clamp(value, 0, MaxValue);
        if (value < PerDoubling) return (int)value;
        var shift = BitOperations.Log2((ulong)value) - 4;
        return (shift * PerDoubling) + (int)(value >> shift);
    }

    /// <summary>The largest value that falls into the bucket.</summary>
    public static long UpperOf(int bucket)
    {
        if (bucket < 2 * PerDoubling) return bucket;
        var shift = (bucket / PerDoubling) - 1;
        return ((bucket - (shift * PerDoubling) + 1L) << shift) - 1;
    }
}
