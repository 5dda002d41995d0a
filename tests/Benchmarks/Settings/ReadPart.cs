using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>C1: what a read costs.</summary>
public static class ReadPart
{
    public static PartResult Run(bool brief)
    {
        var costs = SettingsReads.Run(brief);
        var empty = costs.Single(cost => cost.Way == nameof(SettingsReads.EmptyLoop));
        var ours = costs.Single(cost => cost.Way.StartsWith("our", StringComparison.Ordinal));
        var over = ours.Nanoseconds - empty.Nanoseconds;
        return new PartResult(
            "read", "BenchmarkDotNet in this process, 4,096 reads in a row; a loop that reads nothing, a dependent xor of its counter, is taken off.",
            [
                new Finding("C1", "read from the snapshot, over an empty loop", "<= 1 ns, 0 B", $"{Number(over)} ns, {Number(ours.Bytes)} B", over <= 1 && ours.Bytes < 0.01),
                .. costs.Where(cost => cost != empty && cost != ours).Select(cost =>
                    new Finding("C1", $"for comparison, over the same: {cost.Way}", "", $"{Number(cost.Nanoseconds - empty.Nanoseconds)} ns, {Number(cost.Bytes)} B")),
            ]);
    }
}
