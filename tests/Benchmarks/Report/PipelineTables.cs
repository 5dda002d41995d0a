using System.Globalization;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Report;

/// <summary>The result as tables: columns and rows, for the screen and for the Markdown file alike.</summary>
public static class PipelineTables
{
    public static IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Of(PipelineResult result)
    {
        yield return (
            "Closed loop: actions per second, published to committed",
            ["pair", "lanes", "idiomatic", "ratio", "lanes accepted", "fixed work ms (lanes, idiomatic)"],
            [
                .. result.Pairs.Select(pair => new[]
                {
                    $"{pair.Number}", Whole(pair.Lanes.PerSecond), Whole(pair.Idiomatic.PerSecond), Times(pair.Ratio), Whole(pair.Lanes.AcceptedPerSecond),
                    $"{Whole(pair.Lanes.CalibrationMs)}, {Whole(pair.Idiomatic.CalibrationMs)}",
                }),
                ["median", Whole(result.LanesPerSecond.Median), Whole(result.IdiomaticPerSecond.Median), Times(result.Ratio.Median), "", ""],
                ["least to most", Range(result.LanesPerSecond), Range(result.IdiomaticPerSecond), $"{Times(result.Ratio.Least)} to {Times(result.Ratio.Most)}", "", ""],
            ]);

        yield return Costs([.. Arms(result).Select(arm => CostRow(arm.Name, arm.Runs))]);
        yield return OpenLoops([.. result.Pairs.SelectMany(pair => new[] { pair.Lanes, pair.Idiomatic }.SelectMany(arm => OpenLoopRows($"{pair.Number}", arm)))]);
        yield return Shares([.. result.Pairs.SelectMany(pair => SharesRows($"{pair.Number}", pair.Lanes))]);
        yield return Conservation([.. result.Pairs.SelectMany(pair => new[] { pair.Lanes, pair.Idiomatic }.Select(arm => ConservationRow($"{pair.Number}", arm)))]);
    }

    /// <summary>One run of one arm.</summary>
    public static IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> OfArm(ArmResult arm)
    {
        yield return ("Closed loop", ["arm", "actions/s", "accepted"], [[arm.Arm, Whole(arm.PerSecond), Whole(arm.AcceptedPerSecond)]]);
        yield return Costs([CostRow(arm.Arm, [arm])]);
        yield return OpenLoops([.. OpenLoopRows("1", arm)]);
        if (SharesRows("1", arm).ToList() is { Count: > 0 } shares) yield return Shares(shares);
        yield return Conservation([ConservationRow("1", arm)]);
    }

    private static (string, string[], IReadOnlyList<string[]>) Costs(IReadOnlyList<string[]> rows) => (
        "Cost of an action (medians; CPU in µs of one core)",
        ["arm", "CPU", "processor", "PostgreSQL", "broker", "generator", "allocated B", "WAL B", "actions per commit", "retried", "resident MB", "views behind"],
        rows);

    private static (string, string[], IReadOnlyList<string[]>) OpenLoops(IReadOnlyList<string[]> rows) => (
        "Open loop: ms from the scheduled time to the outcome's return",
        ["pair", "arm", "actions/s", "p50", "p99", "p99.9", "max", "generator late p99.9"], rows);

    private static (string, string[], IReadOnlyList<string[]>) Shares(IReadOnlyList<string[]> rows) => (
        "Open loop: where an envelope's time goes, acceptance to answer", ["pair", "arm", "actions/s", .. StageShares.Line], rows);

    private static IEnumerable<string[]> SharesRows(string pair, ArmResult arm) => arm.OpenLoops.Where(loop => loop.Shares.Count > 0).Select(loop => (string[])
        [pair, arm.Arm, Whole(loop.Rate), .. StageShares.Line.Select(stage => loop.Shares[stage].ToString("0 %", CultureInfo.InvariantCulture))]);

    private static (string, string[], IReadOnlyList<string[]>) Conservation(IReadOnlyList<string[]> rows) => (
        "Conservation (warm-up and all loops)", ["pair", "arm", "holds", "sent, stored, lost, doubled …"], rows);

    private static IEnumerable<string[]> OpenLoopRows(string pair, ArmResult arm) => arm.OpenLoops.Select(loop => new[]
    {
        pair, arm.Arm, Whole(loop.Rate), Ms(loop.Latency.P50), Ms(loop.Latency.P99), Ms(loop.Latency.P999), Ms(loop.Latency.Max),
        Ms(loop.Lateness.P999) + (loop.GeneratorLate ? " LATE" : ""),
    });

    private static string[] ConservationRow(string pair, ArmResult arm) => [pair, arm.Arm, arm.Conservation.Holds ? "yes" : "NO", arm.Conservation.ToString()];

    /// <summary>What must be known to read the tables.</summary>
    public static IEnumerable<string> Notes(PipelineResult result)
    {
        yield return $"{result.At:yyyy-MM-dd}, commit {result.Commit}: {result.Command}";
        yield return $"{result.Machine.Cores} cores, {result.Machine.Runtime}, {result.Machine.Postgres}, {result.Machine.Broker}; "
            + string.Join(", ", result.Machine.PostgresSettings.Select(setting => $"{setting.Key}={setting.Value}"));
        yield return $"{result.Plan.Actions} actions after {result.Plan.WarmUp} to warm up, {result.Plan.Hunts} hunts, views {(result.Plan.Views ? "folded beside both arms" : "not folded by either arm")}; idiomatic arm: {result.Idiomatic}";
        yield return $"What became of the actions, lanes: {Facts(result.Pairs[0].Lanes)}; idiomatic: {Facts(result.Pairs[0].Idiomatic)}. "
            + $"Other facts for {result.Difference.ToString("0.00%", CultureInfo.InvariantCulture)} of the actions at most.";
    }

    private static IEnumerable<(string Name, IReadOnlyList<ArmResult> Runs)> Arms(PipelineResult result) =>
        [(LanesArm.ArmName, [.. result.Pairs.Select(pair => pair.Lanes)]), (IdiomaticArm.ArmName, [.. result.Pairs.Select(pair => pair.Idiomatic)])];

    private static string[] CostRow(string name, IReadOnlyList<ArmResult> runs)
    {
        return
        [
            name, Whole(Median(run => run.Cost.Total)), Whole(Median(run => run.Cost.Processor)), Server(run => run.Cost.Postgres), Server(run => run.Cost.Broker),
            Whole(Median(run => run.Cost.Generator)), Whole(Median(run => run.Cost.AllocatedBytes)), Whole(Median(run => run.Cost.WalBytes)),
            One(Median(run => run.Cost.Batch)), Median(run => run.Cost.RetriedShare).ToString("0.00%", CultureInfo.InvariantCulture),
            Whole(Median(run => run.ResidentMb)), Whole(Median(run => run.ViewsBehind)),
        ];

        double Median(Func<ArmResult, double> of) => Spread.Of(runs.Select(of)).Median;
        string Server(Func<ArmResult, double?> of) => runs.Any(run => of(run) is null) ? "not seen" : Whole(Median(run => of(run)!.Value));
    }

    private static string Facts(ArmResult arm) => string.Join(", ", arm.Facts.Select(fact => $"{fact.Value} {fact.Key}"));

    private static string Whole(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string One(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Ms(double value) => value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private static string Times(double value) => "x" + One(value);

    private static string Range(Spread spread) => $"{Whole(spread.Least)} to {Whole(spread.Most)}";
}
