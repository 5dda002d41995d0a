using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Pipeline;

/// <summary>
/// bench pipeline: the lanes beside others, in interleaved rounds on the same servers, so that what the machine does to one it
/// does to the others. The figure is the ratio within a round.
/// </summary>
public static class PipelineBenchmark
{
    public static async Task<ExitCode> RunAsync(PipelinePlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        await using var box = await ThrowAwayBox.CreateAsync("bench");
        await using var servers = await BenchServers.StartAsync(box.Box, new BenchSeed(plan.Hunts, plan.Views, plan.Runs(BenchArms.OneHunt), plan.Teams), at, cancel);
        var run = new ArmRun(servers, plan, at, time);
        if (plan.Tune) return await TuneAsync(servers, run, plan, cancel);
        if (plan.Only is { } only) return await OneAsync(servers, run, only, cancel);

        var rounds = new List<RoundResult>();
        for (var number = 1; number <= plan.Rounds; number++)
        {
            Screen.Note($"round {number} of {plan.Rounds}");
            var results = new Dictionary<string, ArmResult>();
            foreach (var name in BenchArms.Order(plan.Arms, number)) results[name] = await RunAsync(servers, run, name, cancel);
            rounds.Add(new RoundResult(number, [.. plan.Arms.Select(name => results[name])]));
        }

        await using var database = await servers.CopyAsync(cancel);
        var result = new PipelineResult(
            at, await BenchReport.CommitAsync(cancel), command, plan, await Machine.LookAsync(database.Data, servers.Queues.Broker, cancel),
            Rival.All.Where(rival => plan.Arms.Contains(rival.Name)).ToDictionary(rival => rival.Name, rival => $"{rival.Fastest}"), rounds);
        PipelineReport.Show(result);
        PipelineReport.Keep(result);
        return Judge(result);
    }

    /// <summary>Every candidate once, in a row; the last column says whether its figure counts.</summary>
    private static async Task<ExitCode> TuneAsync(BenchServers servers, ArmRun run, PipelinePlan plan, CancellationToken cancel)
    {
        foreach (var rival in Rival.All.Where(rival => plan.Arms.Contains(rival.Name)))
        {
            var rows = new List<string[]>();
            foreach (var tuning in rival.Candidates)
            {
                await using var arm = await GuessArm.StartAsync(servers, rival, tuning, cancel);
                var result = await run.RunAsync(arm, cancel);
                rows.Add(
                [
                    $"{tuning}", $"{result.PerSecond:#,0}", $"{result.Cost.Total:#,0}", $"{result.Cost.RetriedShare:0.00%}", $"{result.Cost.Batch:0.0}",
                    $"{result.CalibrationMs:#,0}", result.Conservation.Holds ? "yes" : "NO",
                ]);
            }
            Screen.Table([rival.Name, "actions/s", "CPU µs", "retried", "per commit", "fixed work ms", "conserved"], rows);
        }
        return ExitCode.Ok;
    }

    private static async Task<ExitCode> OneAsync(BenchServers servers, ArmRun run, string only, CancellationToken cancel)
    {
        var result = await RunAsync(servers, run, only, cancel);
        foreach (var (title, columns, rows) in PipelineTables.OfArm(result))
        {
            Screen.Line(title);
            Screen.Table(columns, rows);
        }
        return result.Conservation.Holds ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<ArmResult> RunAsync(BenchServers servers, ArmRun run, string name, CancellationToken cancel)
    {
        await using IArm arm = Rival.All.FirstOrDefault(rival => rival.Name == name) is { } rival
            ? await GuessArm.StartAsync(servers, rival, rival.Fastest, cancel)
            : await LanesArm.StartAsync(servers, name, cancel);
        return await run.RunAsync(arm, cancel);
    }

    private static ExitCode Judge(PipelineResult result)
    {
        if (!result.Conserved)
        {
            Screen.Note("An action was lost, doubled or put out of order: such a run has no throughput.");
            return ExitCode.Failed;
        }
        if (result.Difference > PipelineResult.MostDifference)
        {
            Screen.Note("The arms came to different facts: their throughputs cannot be compared.");
            return ExitCode.Different;
        }
        if (result.Plan.Require is { } required && result.Ratios[BenchArms.Idiomatic].Median is var ratio && ratio < required)
        {
            Screen.Note($"The median ratio is {ratio:0.0}, required were {required:0.0}.");
            return ExitCode.Failed;
        }
        return ExitCode.Ok;
    }
}
