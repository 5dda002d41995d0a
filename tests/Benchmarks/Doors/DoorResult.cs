using System.Text.Json.Serialization;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <param name="PerSecond">requests until the arm is done with them: the bare server; the ingress, with the processors stopped; with the pipeline working, all are committed</param>
/// <param name="AnsweredPerSecond">until all were answered</param>
/// <param name="Latency">from the sending of a request to its answer</param>
public sealed record DoorArm(double PerSecond, double AnsweredPerSecond, Latencies Latency, DoorCost Cost);

/// <param name="CalibrationMs">fixed work just before: distrust rounds where it differs much</param>
/// <param name="Stopped">the ingress alone: the processors have every lane paused</param>
/// <param name="Working">the same with everything behind it</param>
public sealed record DoorRound(int Number, double CalibrationMs, DoorArm Bare, DoorArm Stopped, DoorArm Working);

/// <summary>An open loop: from the scheduled time until the sender can know that the action is committed.</summary>
public sealed record DoorWait(double Rate, Latencies Latency, Latencies Lateness, DoorCost Cost)
{
    public bool GeneratorLate => Lateness.P999 > OpenLoopResult.MaxLatenessMs;
}

/// <summary>What the figures of a door are called, and what is wanted of them.</summary>
/// <param name="Door">as its command</param>
/// <param name="Bare">the server it is compared with</param>
/// <param name="BareProcess">where that server works, as the tables' column says it</param>
/// <param name="Senders">what they are, and whatever else was set for them</param>
/// <param name="Answered">what their answer is</param>
/// <param name="Wait">what the open loops measure</param>
public sealed record DoorWords(
    string Door, string Bare, string BareProcess, string Senders, string Answered, string Wait, Func<DoorResult, IReadOnlyList<Finding>> Findings);

/// <summary>All that a run of `bench http` or `bench intake` found out; what --json prints.</summary>
public sealed record DoorResult(
    DateTimeOffset At, string Commit, string Command, DoorPlan Plan, Machine Machine, IReadOnlyList<DoorRound> Rounds, IReadOnlyList<DoorWait> Waits, Conservation Books,
    [property: JsonIgnore] DoorWords Words)
{
    public IReadOnlyList<Finding> Findings => Words.Findings(this);

    /// <summary>What the rate of the first open loop is.</summary>
    [JsonIgnore]
    public string MiddleRate => Plan.Rate is null ? "30 % of the closed loop" : "as asked for";

    /// <summary>Of the bare server's requests per second, within a round.</summary>
    [JsonIgnore]
    public Spread StoppedShare => Spread.Of(Rounds.Select(round => round.Stopped.PerSecond / round.Bare.PerSecond));

    [JsonIgnore]
    public Spread WorkingShare => Spread.Of(Rounds.Select(round => round.Working.PerSecond / round.Bare.PerSecond));

    [JsonIgnore]
    public IEnumerable<string> Notes
    {
        get
        {
            yield return $"{At:yyyy-MM-dd}, commit {Commit}: {Command}; {Machine.Cores} cores, {Machine.Runtime}, {Machine.Postgres}, {Machine.Broker}";
            yield return $"{Plan.Requests} requests of one action in each arm and round, {Plan.Senders} {Words.Senders}, {DoorBenchmark.Hunts} hunts ({Plan.Mix}), "
                + $"arrivals of the open loops {(Plan.Arrivals is null ? "even" : "replayed from " + Path.GetFileName(Plan.Arrivals))}. Books: {Books}.";
        }
    }

    [JsonIgnore]
    public IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Tables =>
    [
        ("Goals", ["goal", "what", "wanted", "measured", "holds", "others"],
            [.. Findings.Select(finding => new[] { finding.Goal, finding.What, finding.Wanted, finding.Measured, finding.Verdict, finding.Others })]),
        ("Requests per second, closed loop", ["round", Words.Bare, "processors stopped", "working, committed", $"working, {Words.Answered}", "fixed work ms"],
        [
            .. Rounds.Select(round => Row($"{round.Number}", round.Bare.PerSecond, round.Stopped.PerSecond, round.Working.PerSecond, round.Working.AnsweredPerSecond, round.CalibrationMs)),
            Row("median", Median(round => round.Bare.PerSecond), Median(round => round.Stopped.PerSecond), Median(round => round.Working.PerSecond),
                Median(round => round.Working.AnsweredPerSecond), Median(round => round.CalibrationMs)),
        ]),
        ("Cost of a request (medians; CPU in µs of one core)",
            ["arm", "CPU", "generator", Words.BareProcess, "broker", "processor", "PostgreSQL", "allocated B (ingress)", "WAL B", "log flushes per 1,000", $"{Words.Answered}: p50 ms", "p99 ms"],
        [
            Cost(Words.Bare, round => round.Bare), Cost("processors stopped", round => round.Stopped), Cost("working", round => round.Working),
        ]),
        ($"Open loop, {Words.Wait}", ["rate", "p50", "p99", "p99.9", "max", "CPU", "ingress", "generator late p99.9"],
        [
            .. Waits.Select(wait => new[]
            {
                Number(wait.Rate), Number(wait.Latency.P50), Number(wait.Latency.P99), Number(wait.Latency.P999), Number(wait.Latency.Max), Number(wait.Cost.Total),
                Number(wait.Cost.Door), Number(wait.Lateness.P999) + (wait.GeneratorLate ? " LATE" : ""),
            }),
        ]),
    ];

    public static string Share(Spread share) => $"{100 * share.Median:0} % ({100 * share.Least:0} to {100 * share.Most:0})";

    private static string[] Row(string name, params double[] values) => [name, .. values.Select(Number)];

    private string[] Cost(string name, Func<DoorRound, DoorArm> arm) => Row(
        name, Median(round => arm(round).Cost.Total), Median(round => arm(round).Cost.Generator), Median(round => arm(round).Cost.Door),
        Median(round => arm(round).Cost.Broker ?? double.NaN), Median(round => arm(round).Cost.Processor), Median(round => arm(round).Cost.Postgres ?? double.NaN),
        Median(round => arm(round).Cost.AllocatedBytes), Median(round => arm(round).Cost.WalBytes), Median(round => arm(round).Cost.WalSyncs * 1_000 ?? double.NaN),
        Median(round => arm(round).Latency.P50), Median(round => arm(round).Latency.P99));

    private double Median(Func<DoorRound, double> of) => Spread.Of(Rounds.Select(of)).Median;
}
