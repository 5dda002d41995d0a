using HdrHistogram;

namespace TreasureHunt.Tests.Benchmarks.Measure;

/// <summary>Milliseconds.</summary>
public sealed record Latencies(double P50, double P99, double P999, double Max, double Mean)
{
    public const long LongestMicroseconds = 10 * 60 * 1_000_000L;

    /// <summary>Nothing was recorded.</summary>
    public static Latencies None { get; } = new(0, 0, 0, 0, 0);

    /// <param name="microseconds">what was recorded</param>
    /// <exception cref="InvalidOperationException">nothing was recorded, and a figure would be made up</exception>
    public static Latencies Of(HistogramBase microseconds) => microseconds.TotalCount == 0
        ? throw new InvalidOperationException("No latency was recorded.")
        : new Latencies(
            microseconds.GetValueAtPercentile(50) / 1_000.0, microseconds.GetValueAtPercentile(99) / 1_000.0,
            microseconds.GetValueAtPercentile(99.9) / 1_000.0, microseconds.GetMaxValue() / 1_000.0, microseconds.GetMean() / 1_000.0);

    /// <summary>Of an interval in which nothing may have come.</summary>
    public static Latencies OfInterval(HistogramBase microseconds) => microseconds.TotalCount == 0 ? None : Of(microseconds);
}
