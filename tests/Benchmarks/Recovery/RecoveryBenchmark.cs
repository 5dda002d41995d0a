using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Recovery;

/// <summary>bench recovery: what it takes until a large hunt, and what is read of it, is back.</summary>
public static class RecoveryBenchmark
{
    public static Task<ExitCode> RunAsync(RecoveryPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        LargeHunt? hunt = null;
        return PartsBenchmark.RunAsync(
            new PartsFrame("recovery", "Recovery", command, at, plan.Json), new BenchSeed(LargeHunt.Hunts, OneHunt: true), [],
            [
                new Part("start", async servers =>
                {
                    hunt = new LargeHunt(servers, await servers.CopyAsync(cancel), at, time);
                    await Screen.StepAsync($"{plan.Actions:#,0} actions of one hunt", () => hunt.PlayAsync(plan.Actions, cancel));
                    return await StartPart.RunAsync(hunt, plan, cancel);
                }),
                new Part("views", async servers =>
                {
                    await using var database = hunt!.Database;
                    return await ViewsPart.RunAsync(servers, database, hunt.Count, plan, time, cancel);
                }),
            ], cancel);
    }
}
