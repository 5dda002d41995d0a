using System.Globalization;
using HdrHistogram;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Report;

/// <summary>One goal, what was measured, and what others reach.</summary>
/// <param name="Goal">id of the goal, such as C3</param>
/// <param name="Holds">null: a figure without a goal of its own</param>
public sealed record Finding(string Goal, string What, string Wanted, string Measured, bool? Holds = null, string Others = "")
{
    public string Verdict => Holds switch { true => "yes", false => "NO", null => "" };

    public static string Number(double value) => value.ToString(Math.Abs(value) < 10 ? "0.00" : Math.Abs(value) < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);

    public static string Percent(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + " %";

    public static string Shown(Latencies latencies) =>
        $"p50 {Number(latencies.P50)}, p99 {Number(latencies.P99)}, max {Number(latencies.Max)} ms";

    /// <summary>Percentiles of some milliseconds.</summary>
    public static Latencies Of(IEnumerable<double> milliseconds)
    {
        var histogram = new LongHistogram(1, Latencies.LongestMicroseconds, numberOfSignificantValueDigits: 3);
        foreach (var value in milliseconds) histogram.RecordValue(Math.Clamp((long)(value * 1_000), 0, Latencies.LongestMicroseconds));
        return Latencies.Of(histogram);
    }
}

/// <summary>What a part of the benchmark found.</summary>
/// <param name="Note">how it was measured, one or two sentences</param>
public sealed record PartResult(string Part, string Note, IReadOnlyList<Finding> Findings);
