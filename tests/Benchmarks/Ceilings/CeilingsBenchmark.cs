using System.Globalization;
using Npgsql;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Pipeline;
using TreasureHunt.Tests.Benchmarks.Report;
using Finding = TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Ceilings;

/// <summary>bench ceilings: each part of the pipeline with the machine to itself, by the same actions; with the lanes in the same run, their share of each.</summary>
public static class CeilingsBenchmark
{
    private const int Hunts = 400, Seed = 20261122;

    public static async Task<ExitCode> RunAsync(CeilingsPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        var pipeline = new PipelinePlan(plan.Actions, Math.Min(plan.Actions, 30_000), Hunts, Rounds: 1, Rate: null, Seconds: 0, Require: null, Only: null, Views: false, Tune: false, plan.Json);
        await using var box = await ThrowAwayBox.CreateAsync("bench");
        await using var servers = await BenchServers.StartAsync(box.Box, new BenchSeed(Hunts), at, cancel);
        var actions = new ActionSource(Hunts, Seed, at, servers.Seal).Take(plan.Actions);
        var postgres = ListeningProcess.Find(new NpgsqlConnectionStringBuilder(servers.Box.Servers!.Postgres).Port, "postgres");
        var broker = ListeningProcess.Find(servers.Box.Servers.RabbitMq.Port, "beam");

        var (lanes, ceilings, steps) = ((ArmResult?)null, new List<Ceiling>(), (IReadOnlyList<MicroCost>)[]);
        foreach (var part in plan.Parts)
        {
            Screen.Note($"ceilings: {part}, fixed work {Calibration.Milliseconds():0} ms");
            switch (part)
            {
                case CeilingsPlan.Lanes: lanes = await LanesAsync(servers, pipeline, at, time, cancel); break;
                case CeilingsPlan.Broker: ceilings.AddRange(await RawTwin.MeasureAllAsync(servers.Box, actions, broker, cancel)); break;
                case CeilingsPlan.Append: ceilings.AddRange(await AppendCeilings.MeasureAllAsync(servers, actions, postgres, time, cancel)); break;
                case CeilingsPlan.Http: ceilings.Add(await EchoCeiling.MeasureAsync(servers, actions[0], plan.Short ? 5_000 : 200_000, cancel)); break;
                case CeilingsPlan.Code: steps = MicroBenchmark.Run<CodeSteps>(plan.Short); break;
            }
        }

        await using var database = await servers.CopyAsync(cancel);
        var result = new CeilingsResult(
            at, await BenchReport.CommitAsync(cancel), command, await Machine.LookAsync(database.Data, servers.Queues.Broker, cancel), lanes, ceilings, steps);
        if (plan.Json) Screen.Json(result);
        else BenchReport.Show(Notes(result), Tables(result));
        BenchReport.Keep("ceilings", at, result, Notes(result), Tables(result));
        if (lanes is { Conservation.Holds: false }) return ExitCode.Failed;
        return result.Findings.Any(finding => finding.Holds == false) ? ExitCode.Different : ExitCode.Ok;
    }

    private static async Task<ArmResult> LanesAsync(BenchServers servers, PipelinePlan pipeline, DateTimeOffset at, TimeProvider time, CancellationToken cancel)
    {
        await using var arm = await LanesArm.StartAsync(servers, BenchArms.Lanes, cancel);
        return await new ArmRun(servers, pipeline, at, time).RunAsync(arm, cancel);
    }

    private static IEnumerable<string> Notes(CeilingsResult result)
    {
        yield return $"{result.At:yyyy-MM-dd}, commit {result.Commit}: {result.Command}";
        yield return $"{result.Machine.Cores} cores, {result.Machine.Runtime}, {result.Machine.Postgres}, {result.Machine.Broker}";
        if (result.Lanes is { } lanes)
            yield return $"The lanes in the same run, no views: {Whole(lanes.PerSecond)} actions/s, {Whole(lanes.Cost.Total)} µs CPU per action. Books: {lanes.Conservation}";
    }

    private static IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Tables(CeilingsResult result)
    {
        if (result.Findings.Count > 0)
            yield return (
                "Goals", ["goal", "what", "wanted", "measured", "holds"],
                [.. result.Findings.Select(finding => new[] { finding.Goal, finding.What, finding.Wanted, finding.Measured, finding.Verdict })]);
        if (result.Ceilings.Count > 0)
            yield return (
                "Ceilings: each part alone", ["part", "what", "actions/s", "CPU µs", "lanes' share"],
                [
                    .. result.Ceilings.Select(ceiling => new[]
                    {
                        ceiling.Part, ceiling.What, Whole(ceiling.PerSecond), ceiling.CpuMicros.ToString("0.0", CultureInfo.InvariantCulture),
                        result.Lanes is { } lanes ? (lanes.PerSecond / ceiling.PerSecond).ToString("0 %", CultureInfo.InvariantCulture) : "",
                    }),
                ]);
        if (result.Steps.Count > 0)
            yield return (
                "The code alone, one thread, per action", ["step", "ns", "allocated B"],
                [
                    .. result.Steps.Where(OnTheWay).Select(Row),
                    Row(new MicroCost("sum", result.Steps.Where(OnTheWay).Sum(step => step.Nanoseconds), result.Steps.Where(OnTheWay).Sum(step => step.Bytes))),
                    .. result.Steps.Where(step => !OnTheWay(step)).Select(Row),
                ]);

        static bool OnTheWay(MicroCost step) => step.Name != CodeSteps.Beside;
        static string[] Row(MicroCost step) => [step.Name, Whole(step.Nanoseconds), Whole(step.Bytes)];
    }

    private static string Whole(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}

/// <summary>All that a run of `bench ceilings` found out; what --json prints.</summary>
/// <param name="Lanes">null: not asked for</param>
public sealed record CeilingsResult(
    DateTimeOffset At, string Commit, string Command, Machine Machine, ArmResult? Lanes, IReadOnlyList<Ceiling> Ceilings, IReadOnlyList<MicroCost> Steps)
{
    /// <summary>What there is a goal for, where both sides of it ran.</summary>
    public IReadOnlyList<Finding> Findings =>
    [
        .. Ceilings.Where(ceiling => Lanes is not null && ceiling is { Part: CeilingsPlan.Broker, What: RawTwin.OneAckEach }).Select(twin => new Finding(
            "P1", "above the raw twin with one ack each: lanes' share", ">= 100 %", $"{100 * Share(twin):0} %", Share(twin) >= 1)),
    ];

    private double Share(Ceiling of) => Lanes!.PerSecond / of.PerSecond;
}
