using System.Globalization;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>The cells as tables, the goals and the noise beside them; what was not measured is said to be so.</summary>
public static class ClaimsReport
{
    private const string Unknown = "not measured";

    private static readonly string[] Rivals = [ClaimsPlan.ServicePerAction, ClaimsPlan.StorePerAction, ClaimsPlan.ServiceCached, ClaimsPlan.ServicePerBatch];

    private static readonly IReadOnlyDictionary<string, string> Names = new Dictionary<string, string>
    {
        [ClaimsPlan.StorePerAction] = "A0 store, per action", [ClaimsPlan.ServicePerAction] = "A1 service, per action", [ClaimsPlan.ServiceCached] = "A2 service, cached 1 s",
        [ClaimsPlan.ServicePerBatch] = "A3 service, per batch", [ClaimsPlan.Ours] = "B ours", [ClaimsPlan.OursAgain] = "B2 ours again", [ClaimsPlan.Constants] = "Z constants",
    };

    public static IEnumerable<string> Notes(ClaimsResult result)
    {
        yield return $"{result.At:yyyy-MM-dd}, commit {result.Commit}: {result.Command}" + (result.Short ? " (short: shows that it works, not how fast)" : "");
        if (result.Machine is { } machine)
            yield return $"{machine.Cores} cores, {machine.Runtime}, {machine.Postgres}, {machine.Broker}; " + string.Join(", ", machine.PostgresSettings.Select(setting => $"{setting.Key}={setting.Value}"));
        if (result.Of(ClaimsPlan.ServicePerAction) is { } a1)
            yield return $"Knee: the highest rate with p99 <= {Knee.MaxP99Ms:0} ms and a backlog that does not grow. Equal rate: {CellRun.EqualShare:0%} of A1's knee, {Number(a1.Equal.Rate)} actions/s.";
    }

    public static IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Tables(ClaimsResult result)
    {
        yield return ("Ours against the others, service healthy", ["claim", "goal (against A1)", "A1", "A0", "A2", "A3", "noise (B2 against B)"], Claims(result));
        yield return ("Ours against constants, service healthy", ["what", "goal", "B to Z", "noise (B2 to B)"], Constants(result));
        yield return (
            "Arms, service healthy; latency, CPU and memory at the equal rate",
            ["arm", "closed loop/s", "knee/s", "mean ms", "p99 ms", "calls per action", "CPU µs", "of it central", "allocated B", "resident MB", "heap MB", "central MB"],
            [.. ClaimsPlan.AllArms.Order(StringComparer.Ordinal).Select(arm => ArmRow(result, arm))]);
        yield return (
            "What befalls the central service; latency and memory at the equal rate", ["condition", "arm", "closed loop/s", "resident MB", "knee/s", "mean ms", "p50 ms", "p99 ms", "max ms", "of an action's time: settings", "calls per action", "versions"],
            [.. result.Cells.Select(cell => new[]
            {
                cell.Condition, Names[cell.Arm], Range(cell.ClosedPerSecond), Whole(cell.ResidentMb), cell.Steps.Count == 0 ? "" : Whole(Knee.Of(cell.Steps)), Number(cell.Equal.Latency.Mean), Number(cell.Equal.Latency.P50),
                Number(cell.Equal.Latency.P99), Number(cell.Equal.Latency.Max), Percent(cell.Equal.Shares.GetValueOrDefault(StageTimes.NameOf(Stage.Settings))), Number(cell.Calls), Whole(cell.Versions),
            })]);
        yield return (
            "Ladders", ["condition", "arm", "actions/s", "mean ms", "p50 ms", "p99 ms", "max ms", "backlog growth", "generator late p99.9 ms", "holds"],
            [.. result.Cells.SelectMany(cell => cell.Steps.OrderBy(step => step.Rate).Select(step => new[]
            {
                cell.Condition, cell.Arm, Whole(step.Rate), Number(step.MeanMs), Number(step.P50), Number(step.P99), Number(step.MaxMs), Percent(step.Growth), Number(step.LateMs),
                step.Holds ? "yes" : "no",
            }))]);
        yield return (
            "Conservation (all actions of a cell)", ["condition", "arm", "holds", "sent, stored, lost, doubled …", "fixed work ms"],
            [.. result.Cells.Select(cell => new[] { cell.Condition, cell.Arm, cell.Books.Holds ? "yes" : "NO", cell.Books.ToString(), Whole(cell.CalibrationMs) })]);
    }

    private static IReadOnlyList<string[]> Claims(ClaimsResult result)
    {
        return
        [
            Row("traffic at p99 unchanged (times the other's knee)", ">= x6", (ours, other) => Knee.Multiple(ours.Steps, other.Steps), Times),
            Row($"knee at p99 <= {Knee.MaxP99Ms:0} ms", "", (ours, other) => Ratio(Knee.Of(ours.Steps), Knee.Of(other.Steps)), Times),
            Row("mean latency at the equal rate", "<= -30 %", (ours, other) => ours.Equal.Latency.Mean / other.Equal.Latency.Mean - 1, Percent),
            Row("p99 at the equal rate", "", (ours, other) => ours.Equal.Latency.P99 / other.Equal.Latency.P99 - 1, Percent),
            Row("throughput, closed loop", ">= +25 %", (ours, other) => Ratio(Closed(ours), Closed(other)) - 1, Percent),
            Row("memory of the processor, resident", "<= -15 %", (ours, other) => ours.ResidentMb / other.ResidentMb - 1, Percent),
            Row("the same, managed heap", "", (ours, other) => ours.HeapMb / other.HeapMb - 1, Percent),
            Row("allocated per action", "", (ours, other) => ours.EqualCost.AllocatedBytes / other.EqualCost.AllocatedBytes - 1, Percent),
            Row("CPU per action at the equal rate, all processes", "", (ours, other) => Cpu(ours) / Cpu(other) - 1, Percent),
        ];

        string[] Row(string claim, string goal, Func<Cell, Cell, double?> figure, Func<double, string> shown) =>
        [
            claim, goal, .. Rivals.Select(rival => Compare(result, ClaimsPlan.Ours, rival, figure, shown)), Compare(result, ClaimsPlan.OursAgain, ClaimsPlan.Ours, figure, shown),
        ];
    }

    private static IReadOnlyList<string[]> Constants(ClaimsResult result)
    {
        return
        [
            Row("throughput, closed loop", (one, other) => Ratio(Closed(one), Closed(other)) - 1),
            Row("CPU per action, closed loop", (one, other) => one.ClosedCpu / other.ClosedCpu - 1),
            Row("knee", (one, other) => Ratio(Knee.Of(one.Steps), Knee.Of(other.Steps)) - 1),
            Row("mean latency at the equal rate", (one, other) => one.Equal.Latency.Mean / other.Equal.Latency.Mean - 1),
            Row("p99 at the equal rate", (one, other) => one.Equal.Latency.P99 / other.Equal.Latency.P99 - 1),
            Row("memory, resident", (one, other) => one.ResidentMb / other.ResidentMb - 1),
            ["reads of the snapshot, share of an action's CPU", "<= 0.1 %", CostSum(result), ""],
        ];

        string[] Row(string what, Func<Cell, Cell, double?> figure) =>
        [
            what, "within the noise", Compare(result, ClaimsPlan.Ours, ClaimsPlan.Constants, figure, Percent), Compare(result, ClaimsPlan.OursAgain, ClaimsPlan.Ours, figure, Percent),
        ];
    }

    private static string CostSum(ClaimsResult result)
    {
        if (result.Of(ClaimsPlan.Ours) is not { } ours) return Unknown;
        var reads = ReadCost.PerActionNanoseconds(result.ReadNanoseconds, ours.EqualCost.Batch);
        return FormattableString.Invariant($"{reads:0.0} ns of {Cpu(ours):#,0} µs: {reads / Cpu(ours) / 10:0.0000} %");
    }

    private static string[] ArmRow(ClaimsResult result, string arm) => result.Of(arm) is not { } cell
        ? [Names[arm], Unknown, .. Enumerable.Repeat("", 10)]
        :
        [
            Names[arm], Range(cell.ClosedPerSecond), Whole(Knee.Of(cell.Steps)), Number(cell.Equal.Latency.Mean), Number(cell.Equal.Latency.P99), Number(cell.Calls),
            Whole(Cpu(cell)), Whole(cell.CentralCpu), Whole(cell.EqualCost.AllocatedBytes), Whole(cell.ResidentMb), Whole(cell.HeapMb), Whole(cell.CentralMb),
        ];

    private static string Compare(ClaimsResult result, string arm, string other, Func<Cell, Cell, double?> figure, Func<double, string> shown) =>
        result.Of(arm) is { } one && result.Of(other) is { } two ? figure(one, two) is { } value ? shown(value) : "no such rate" : Unknown;

    private static double Closed(Cell cell) => Spread.Of(cell.ClosedPerSecond).Median;

    private static double Cpu(Cell cell) => cell.EqualCost.Total + cell.CentralCpu;

    private static double? Ratio(double one, double other) => other > 0 ? one / other : null;

    private static string Whole(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Times(double value) => "x" + value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Range(IReadOnlyList<double> loops)
    {
        if (loops.Count < 2) return string.Concat(loops.Select(Whole));
        var spread = Spread.Of(loops);
        return $"{Whole(spread.Median)} ({Whole(spread.Least)} to {Whole(spread.Most)})";
    }
}
