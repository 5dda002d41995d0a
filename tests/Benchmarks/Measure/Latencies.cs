using HdrHistogram;

namespace TreasureHunt.Tests.Benchmarks.Measure;

/// <summary>Milliseconds.</summary>
public sealed record Latencies(double P50, double P99, double P999, double Max, double Mean)
{
    public const long LongestMicroseconds = 10 * 60 * 1_000_000L;

    /// <param name="microseconds">what was recorded; nothing: all is 0</param>
    public static Latencies Of(HistogramBase microseconds) => microseconds.TotalCount == 0
        ? new Latencies(0, 0, 0, 0, 0)
        : new Latencies(
            microseconds.GetValueAtPercentile(50) / 1_000.0, microseconds.GetValueAtPercentile(99) / 1_000.0,
            microseconds.GetValueAtPercentile(99.9) / 1_000.0, microseconds.GetMaxValue() / 1_000.0, microseconds.GetMean() / 1_000.0);
}
