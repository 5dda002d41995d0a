using System.Text.Json.Serialization;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Http;

/// <param name="PerSecond">requests; with the pipeline working until all are committed</param>
/// <param name="AnsweredPerSecond">until all were answered</param>
/// <param name="Latency">from the sending of a request to its answer</param>
public sealed record HttpArm(double PerSecond, double AnsweredPerSecond, Latencies Latency, DoorCost Cost);

/// <param name="CalibrationMs">fixed work just before: distrust rounds where it differs much</param>
/// <param name="Stopped">the ingress alone: the processors have every lane paused</param>
/// <param name="Working">the same with everything behind it</param>
public sealed record HttpRound(int Number, double CalibrationMs, HttpArm Echo, HttpArm Stopped, HttpArm Working);

/// <summary>An open loop with `Prefer: wait=2`: from the scheduled time to the answer with the committed outcome.</summary>
public sealed record HttpWait(double Rate, Latencies Latency, Latencies Lateness, DoorCost Cost)
{
    public bool GeneratorLate => Lateness.P999 > OpenLoopResult.MaxLatenessMs;
}

/// <summary>All that a run of `bench http` found out; what --json prints.</summary>
public sealed record HttpResult(
    DateTimeOffset At, string Commit, string Command, HttpPlan Plan, Machine Machine, IReadOnlyList<HttpRound> Rounds, IReadOnlyList<HttpWait> Waits, Conservation Books)
{
    private const double LeastStopped = 0.50, LeastWorking = 0.20;

    public IReadOnlyList<Finding> Findings
    {
        get
        {
            var stopped = Spread.Of(Rounds.Select(round => round.Stopped.PerSecond / round.Echo.PerSecond));
            var working = Spread.Of(Rounds.Select(round => round.Working.PerSecond / round.Echo.PerSecond));
            var (middle, quiet) = (Waits[0].Latency, Waits[1].Latency);
            return
            [
                new Finding("P3", "202 after the broker's confirm, processors stopped, of a bare echo", "50 %", Share(stopped), stopped.Median >= LeastStopped,
                    "Nakama, 1 CPU: echo 635/s without persistence"),
                new Finding("P3", "the same with the whole pipeline working, until committed", "20 %", Share(working), working.Median >= LeastWorking),
                new Finding("P4", $"outcome back, {Number(Waits[0].Rate)}/s (30 % of the closed loop)", "p50 10, p99 40 ms", Shown(middle), middle.P50 <= 10 && middle.P99 <= 40,
                    "Wolverine durable p50 0.8 ms at 2k/s; Akka p99 59 ms at peak"),
                new Finding("P4", $"outcome back, {Number(Waits[1].Rate)}/s", "p50 8, p99 60 ms", Shown(quiet), quiet.P50 <= 8 && quiet.P99 <= 60),
            ];

            static string Share(Spread share) => $"{100 * share.Median:0} % ({100 * share.Least:0} to {100 * share.Most:0})";
        }
    }

    [JsonIgnore]
    public IEnumerable<string> Notes
    {
        get
        {
            yield return $"{At:yyyy-MM-dd}, commit {Commit}: {Command}; {Machine.Cores} cores, {Machine.Runtime}, {Machine.Postgres}, {Machine.Broker}";
            yield return $"{Plan.Requests} requests of one action in each arm and round, {Plan.Connections} connections, {HttpBenchmark.Hunts} hunts ({Plan.Mix}), "
                + $"arrivals of the open loops {(Plan.Arrivals is null ? "even" : "replayed from " + Path.GetFileName(Plan.Arrivals))}. Books: {Books}.";
        }
    }

    [JsonIgnore]
    public IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Tables =>
    [
        ("Goals", ["goal", "what", "wanted", "measured", "holds", "others"],
            [.. Findings.Select(finding => new[] { finding.Goal, finding.What, finding.Wanted, finding.Measured, finding.Verdict, finding.Others })]),
        ("Requests per second, closed loop", ["round", "echo", "processors stopped", "working, committed", "working, answered", "fixed work ms"],
        [
            .. Rounds.Select(round => Row($"{round.Number}", round.Echo.PerSecond, round.Stopped.PerSecond, round.Working.PerSecond, round.Working.AnsweredPerSecond, round.CalibrationMs)),
            Row("median", Median(round => round.Echo.PerSecond), Median(round => round.Stopped.PerSecond), Median(round => round.Working.PerSecond),
                Median(round => round.Working.AnsweredPerSecond), Median(round => round.CalibrationMs)),
        ]),
        ("Cost of a request (medians; CPU in µs of one core)",
            ["arm", "CPU", "generator", "echo or ingress", "broker", "processor", "PostgreSQL", "allocated B (ingress)", "p50 ms", "p99 ms"],
        [
            Cost("echo", round => round.Echo), Cost("processors stopped", round => round.Stopped), Cost("working", round => round.Working),
        ]),
        ("Open loop, Prefer: wait=2: ms from the scheduled time to the outcome", ["rate", "p50", "p99", "p99.9", "max", "CPU", "ingress", "generator late p99.9"],
        [
            .. Waits.Select(wait => new[]
            {
                Number(wait.Rate), Number(wait.Latency.P50), Number(wait.Latency.P99), Number(wait.Latency.P999), Number(wait.Latency.Max), Number(wait.Cost.Total),
                Number(wait.Cost.Door), Number(wait.Lateness.P999) + (wait.GeneratorLate ? " LATE" : ""),
            }),
        ]),
    ];

    private static string[] Row(string name, params double[] values) => [name, .. values.Select(Number)];

    private string[] Cost(string name, Func<HttpRound, HttpArm> arm) => Row(
        name, Median(round => arm(round).Cost.Total), Median(round => arm(round).Cost.Generator), Median(round => arm(round).Cost.Door),
        Median(round => arm(round).Cost.Broker ?? double.NaN), Median(round => arm(round).Cost.Processor), Median(round => arm(round).Cost.Postgres ?? double.NaN),
        Median(round => arm(round).Cost.AllocatedBytes), Median(round => arm(round).Latency.P50), Median(round => arm(round).Latency.P99));

    private double Median(Func<HttpRound, double> of) => Spread.Of(Rounds.Select(of)).Median;
}
