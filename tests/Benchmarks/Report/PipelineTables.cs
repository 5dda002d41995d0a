using System.Globalization;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Report;

/// <summary>The result as tables: columns and rows, for the screen and for the Markdown file alike.</summary>
public static class PipelineTables
{
    public static IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Of(PipelineResult result)
    {
        var arms = result.Plan.Arms;
        yield return (
            "Closed loop: actions per second, published to committed",
            ["round", .. arms, .. arms.Skip(1).Select(arm => $"lanes : {arm}"), $"fixed work ms ({string.Join(", ", arms)})"],
            [
                .. result.Rounds.Select(round => new[] { $"{round.Number}" }
                    .Concat(round.Arms.Select(arm => Whole(arm.PerSecond)))
                    .Concat(arms.Skip(1).Select(arm => Times(round.Ratio(arm))))
                    .Append(string.Join(", ", round.Arms.Select(arm => Whole(arm.CalibrationMs)))).ToArray()),
                ["median", .. arms.Select(arm => Whole(result.PerSecond[arm].Median)), .. arms.Skip(1).Select(arm => Times(result.Ratios[arm].Median)), ""],
                ["least to most", .. arms.Select(arm => Range(result.PerSecond[arm])),
                    .. arms.Skip(1).Select(arm => $"{Times(result.Ratios[arm].Least)} to {Times(result.Ratios[arm].Most)}"), ""],
            ]);

        yield return Costs([.. arms.Select(arm => CostRow(arm, [.. result.Rounds.Select(round => round.Of(arm))]))]);
        yield return OpenLoops([.. result.Rounds.SelectMany(round => round.Arms.SelectMany(arm => OpenLoopRows($"{round.Number}", arm)))]);
        yield return Shares([.. result.Rounds.SelectMany(round => round.Arms.SelectMany(arm => SharesRows($"{round.Number}", arm)))]);
        yield return Conservation([.. result.Rounds.SelectMany(round => round.Arms.Select(arm => ConservationRow($"{round.Number}", arm)))]);
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
        ["arm", "CPU", "processor", "PostgreSQL", "broker", "generator", "allocated B", "WAL B", "log flushes per 1,000", "actions per commit", "retried", "resident MB", "views behind"],
        rows);

    private static (string, string[], IReadOnlyList<string[]>) OpenLoops(IReadOnlyList<string[]> rows) => (
        "Open loop: ms from the scheduled time to the outcome's return",
        ["round", "arm", "actions/s", "p50", "p99", "p99.9", "max", "generator late p99.9"], rows);

    private static (string, string[], IReadOnlyList<string[]>) Shares(IReadOnlyList<string[]> rows) => (
        "Open loop: where an envelope's time goes, acceptance to answer", ["round", "arm", "actions/s", .. StageShares.Line], rows);

    private static IEnumerable<string[]> SharesRows(string round, ArmResult arm) => arm.OpenLoops.Where(loop => loop.Shares.Count > 0).Select(loop => (string[])
        [round, arm.Arm, Whole(loop.Rate), .. StageShares.Line.Select(stage => loop.Shares[stage].ToString("0 %", CultureInfo.InvariantCulture))]);

    private static (string, string[], IReadOnlyList<string[]>) Conservation(IReadOnlyList<string[]> rows) => (
        "Conservation (warm-up and all loops)", ["round", "arm", "holds", "sent, stored, lost, doubled …"], rows);

    private static IEnumerable<string[]> OpenLoopRows(string round, ArmResult arm) => arm.OpenLoops.Select(loop => new[]
    {
        round, arm.Arm, Whole(loop.Rate), Ms(loop.Latency.P50), Ms(loop.Latency.P99), Ms(loop.Latency.P999), Ms(loop.Latency.Max),
        Ms(loop.Lateness.P999) + (loop.GeneratorLate ? " LATE" : ""),
    });

    private static string[] ConservationRow(string round, ArmResult arm) => [round, arm.Arm, arm.Conservation.Holds ? "yes" : "NO", arm.Conservation.ToString()];

    /// <summary>What must be known to read the tables.</summary>
    public static IEnumerable<string> Notes(PipelineResult result)
    {
        yield return $"{result.At:yyyy-MM-dd}, commit {result.Commit}: {result.Command}";
        yield return $"{result.Machine.Cores} cores, {result.Machine.Runtime}, {result.Machine.Postgres}, {result.Machine.Broker}; "
            + string.Join(", ", result.Machine.PostgresSettings.Select(setting => $"{setting.Key}={setting.Value}"));
        yield return $"{result.Plan.Actions} actions after {result.Plan.WarmUp} to warm up, {result.Plan.Hunts} hunts ({result.Plan.Mix}) of {result.Plan.Teams} teams, views {(result.Plan.Views ? "folded beside all arms" : "not folded by any arm")}, "
            + $"arrivals of the open loops {(result.Plan.Arrivals is { } file ? "replayed from " + Path.GetFileName(file) : "even")}";
        foreach (var (arm, tuning) in result.Tunings)
        {
            var (actions, warmUp) = result.Plan.ActionsOf(arm);
            yield return $"{arm}: {tuning}; {actions} actions after {warmUp}";
        }
        yield return "What became of the actions: " + string.Join("; ", result.Rounds[0].Arms.Select(arm => $"{arm.Arm} {Facts(arm)}"))
            + $". Other facts than in the lanes for {result.Difference.ToString("0.00%", CultureInfo.InvariantCulture)} of the actions at most.";
    }

    private static string[] CostRow(string name, IReadOnlyList<ArmResult> runs)
    {
        return
        [
            name, Whole(Median(run => run.Cost.Total)), Whole(Median(run => run.Cost.Processor)), Server(run => run.Cost.Postgres), Server(run => run.Cost.Broker),
            Whole(Median(run => run.Cost.Generator)), Whole(Median(run => run.Cost.AllocatedBytes)), Whole(Median(run => run.Cost.WalBytes)), Server(run => run.Cost.WalSyncs * 1_000),
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
