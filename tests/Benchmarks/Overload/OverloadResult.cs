using System.Text.Json.Serialization;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Overload;

/// <param name="Name">empty: a step of the search for the knee</param>
/// <param name="Offered">actions per second</param>
/// <param name="Committed">actions per second, while they were offered</param>
/// <param name="Admitted">share of the actions answered 202</param>
/// <param name="Latency">of those, from the scheduled time; null: none was</param>
/// <param name="Refusal">of the actions answered 429 or 503; null: none was</param>
/// <param name="Unfriendly">answers that were neither 202, nor 429 or 503 with Retry-After</param>
/// <param name="LooksServed">share of the looks at boards that were answered</param>
/// <param name="Left">accepted and not committed when the load ended</param>
/// <param name="RecoveryMs">from the end of the load until an outcome was back at once</param>
public sealed record OverloadStep(
    string Name, double Offered, double Committed, double Admitted, Latencies? Latency, Latencies? Refusal, int Unfriendly, double LooksServed,
    long Left, double RecoveryMs, Latencies Lateness)
{
    /// <summary>99 of 100 answers within this, and no more than this left to decide at the end.</summary>
    private const double SustainedMs = 500;

    public bool IsSustained => Admitted == 1 && Latency!.P99 <= SustainedMs && Left <= Offered * SustainedMs / 1_000;

    public bool GeneratorLate => Lateness.P999 > OpenLoopResult.MaxLatenessMs;

    /// <param name="acts">is the request an action? else a look at a board</param>
    public static OverloadStep Of(string name, double rate, double committed, HttpAnswers answers, Func<int, bool> acts, long left, TimeSpan recovery)
    {
        int actions = Enumerable.Range(0, answers.Count).Count(acts), looks = answers.Count - actions;
        return new OverloadStep(
            name, rate, committed, Count((i, answer) => acts(i) && answer.Status == 202) / (double)actions,
            answers.LatencyWhere((i, answer) => acts(i) && answer.Status == 202), answers.LatencyWhere((i, answer) => acts(i) && IsRefusal(answer)),
            Count((i, answer) => answer.Status != (acts(i) ? 202 : 200) && !(IsRefusal(answer) && answer.RetryAfter)),
            Count((i, answer) => !acts(i) && answer.Status == 200) / (double)looks, left, recovery.TotalMilliseconds, answers.Lateness);

        int Count(Func<int, HttpAnswer, bool> counts) => answers.Where(counts).Count();
    }

    public override string ToString() =>
        $"{Offered:#,0}/s offered: {Committed:#,0}/s committed, {Admitted:0.0%} admitted (p99 {Latency?.P99:0} ms), refusals p99 {Refusal?.P99:0.0} ms"
        + $", {LooksServed:0.0%} of the looks, recovered after {RecoveryMs:0} ms, generator late p99.9 {Lateness.P999:0.0} ms";

    private static bool IsRefusal(HttpAnswer answer) => answer.Status is 429 or 503;
}

/// <summary>All that a run of `bench overload` found out; what --json prints.</summary>
public sealed record OverloadResult(
    DateTimeOffset At, string Commit, string Command, OverloadPlan Plan, Machine Machine, OverloadStep Knee, IReadOnlyList<OverloadStep> Steps, Conservation Books)
{
    private const double LeastGoodput = 0.95, SlowestRefusalMs = 10;

    public IReadOnlyList<Finding> Findings
    {
        get
        {
            var findings = new List<Finding>();
            foreach (var step in Steps.Where(step => step.Name.Length > 0))
            {
                var isTheGoal = step.Offered <= Knee.Offered * 2.01; // beyond twice there is no goal
                findings.Add(new Finding("P8", $"{step.Name}: committed, of the knee's", "95 %", $"{100 * step.Committed / Knee.Committed:0} %",
                    isTheGoal ? step.Committed >= LeastGoodput * Knee.Committed : null, "CTF platforms collapse"));
                findings.Add(new Finding("P8", $"{step.Name}: refusals", "p99 10 ms", step.Refusal is { } refusal ? Shown(refusal) : "none", isTheGoal ? step.Refusal is null || step.Refusal.P99 <= SlowestRefusalMs : null));
                findings.Add(new Finding("P8", $"{step.Name}: answers without 202, or 429 and 503 with Retry-After", "0", $"{step.Unfriendly}", step.Unfriendly == 0));
            }
            return findings;
        }
    }

    [JsonIgnore]
    public IEnumerable<string> Notes
    {
        get
        {
            yield return $"{At:yyyy-MM-dd}, commit {Commit}: {Command}; {Machine.Cores} cores, {Machine.Runtime}, {Machine.Postgres}, {Machine.Broker}";
            yield return $"{Plan.Seconds} s a step, {Plan.Connections} connections, {Plan.Mix}, ingress.laneDepth {Plan.LaneDepth}, ingress.inFlight {Plan.InFlight}, "
                + $"arrivals {(Plan.Arrivals is null ? "even" : "replayed from " + Path.GetFileName(Plan.Arrivals))}. Knee: {Knee.Offered:#,0} actions/s. Books: {Books}.";
        }
    }

    [JsonIgnore]
    public IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Tables =>
    [
        ("Goals", ["goal", "what", "wanted", "measured", "holds", "others"],
            [.. Findings.Select(finding => new[] { finding.Goal, finding.What, finding.Wanted, finding.Measured, finding.Verdict, finding.Others })]),
        ("Steps: actions per second and ms from the scheduled time",
            ["step", "offered", "committed", "admitted", "p50", "p99", "refusal p50", "p99", "looks served", "left", "recovery ms", "generator late p99.9"],
        [
            .. Steps.Select(step => new[]
            {
                step.Name, Number(step.Offered), Number(step.Committed), $"{step.Admitted:0.0%}", Ms(step.Latency?.P50), Ms(step.Latency?.P99), Ms(step.Refusal?.P50),
                Ms(step.Refusal?.P99), $"{step.LooksServed:0.0%}", $"{step.Left}", Number(step.RecoveryMs),
                Number(step.Lateness.P999) + (step.GeneratorLate ? " LATE" : ""),
            }),
        ]),
    ];

    private static string Ms(double? milliseconds) => milliseconds is { } value ? Number(value) : "";
}
