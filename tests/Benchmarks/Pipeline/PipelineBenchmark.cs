using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Pipeline;

/// <summary>
/// bench pipeline: the lanes beside an idiomatic consumer, in interleaved pairs on the same servers, so that what the machine
/// does to one it does to the other. The figure is the ratio within a pair.
/// </summary>
public static class PipelineBenchmark
{
    public static async Task<ExitCode> RunAsync(PipelinePlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        await using var box = await ThrowAwayBox.CreateAsync("bench");
        await using var servers = await BenchServers.StartAsync(box.Box, plan, at, cancel);
        var run = new ArmRun(servers, plan, at, time);
        if (plan.Tune) return await TuneAsync(servers, run, cancel);
        if (plan.Only is { } only) return await OneAsync(servers, run, only, cancel);

        var pairs = new List<PairResult>();
        for (var number = 1; number <= plan.Pairs; number++)
        {
            Screen.Note($"pair {number} of {plan.Pairs}");
            var second = number % 2 == 0 ? await IdiomaticAsync(servers, run, IdiomaticTuning.Fastest, cancel) : null;
            var lanes = await LanesAsync(servers, run, cancel);
            pairs.Add(new PairResult(number, lanes, second ?? await IdiomaticAsync(servers, run, IdiomaticTuning.Fastest, cancel)));
        }

        await using var database = await servers.CopyAsync(cancel);
        var result = new PipelineResult(
            at, await BenchReport.CommitAsync(cancel), command, plan, await Machine.LookAsync(database.Data, servers.Queues.Broker, cancel),
            IdiomaticTuning.Fastest.ToString(), pairs);
        PipelineReport.Show(result);
        PipelineReport.Keep(result);
        return Judge(result);
    }

    /// <summary>Every candidate once, in a row; the last column says which the arm should run with.</summary>
    private static async Task<ExitCode> TuneAsync(BenchServers servers, ArmRun run, CancellationToken cancel)
    {
        var rows = new List<string[]>();
        foreach (var tuning in IdiomaticTuning.Candidates)
        {
            var result = await IdiomaticAsync(servers, run, tuning, cancel);
            rows.Add(
            [
                $"{tuning}", $"{result.PerSecond:#,0}", $"{result.Cost.Total:#,0}", $"{result.Cost.RetriedShare:0.00%}", $"{result.CalibrationMs:#,0}",
                result.Conservation.Holds ? "yes" : "NO",
            ]);
        }
        Screen.Table(["idiomatic arm", "actions/s", "CPU µs", "retried", "fixed work ms", "conserved"], rows);
        return ExitCode.Ok;
    }

    private static async Task<ExitCode> OneAsync(BenchServers servers, ArmRun run, string only, CancellationToken cancel)
    {
        var result = only == LanesArm.ArmName ? await LanesAsync(servers, run, cancel) : await IdiomaticAsync(servers, run, IdiomaticTuning.Fastest, cancel);
        foreach (var (title, columns, rows) in PipelineTables.OfArm(result))
        {
            Screen.Line(title);
            Screen.Table(columns, rows);
        }
        return result.Conservation.Holds ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<ArmResult> LanesAsync(BenchServers servers, ArmRun run, CancellationToken cancel)
    {
        await using var arm = await LanesArm.StartAsync(servers, cancel);
        return await run.RunAsync(arm, cancel);
    }

    private static async Task<ArmResult> IdiomaticAsync(BenchServers servers, ArmRun run, IdiomaticTuning tuning, CancellationToken cancel)
    {
        await using var arm = await IdiomaticArm.StartAsync(servers, tuning, cancel);
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
        if (result.Plan.Require is { } required && result.Ratio.Median < required)
        {
            Screen.Note($"The median ratio is {result.Ratio.Median:0.0}, required were {required:0.0}.");
            return ExitCode.Failed;
        }
        return ExitCode.Ok;
    }
}
