using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Soak;

/// <summary>bench soak: does anything grow or slow down over a long time, and what does the store that it leaves cost? Books that do not hold fail the run.</summary>
public static class SoakBenchmark
{
    public static async Task<ExitCode> RunAsync(SoakPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        await using var box = await ThrowAwayBox.CreateAsync("bench");
        await using var servers = await BenchServers.StartAsync(box.Box, new BenchSeed(plan.Hunts, plan.Views), at, cancel);
        await using var database = await servers.CopyAsync(cancel);
        var machine = await Machine.LookAsync(database.Data, servers.Queues.Broker, cancel);
        var waves = new SoakWaves(plan, at, servers.Seal);
        var books = new SentBooks(plan);

        Screen.Note($"soak: {plan.Actions:#,0} actions …");
        var soak = await new SoakPart(servers, plan, waves, time).RunAsync(database, books, cancel);
        var result = new SoakResult(at, await BenchReport.CommitAsync(cancel), command, machine, soak, Store: null);
        BenchReport.Keep("soak", at, result, result.Notes, result.Tables); // hours may be in it; what follows may fail
        if (soak.Books.Holds)
        {
            Screen.Note("the store it left, beside an empty one …");
            result = result with { Store = await new LargeStorePart(servers, plan, waves, time).RunAsync(database, books, cancel) };
            BenchReport.Keep("soak", at, result, result.Notes, result.Tables);
        }

        if (plan.Json) Screen.Json(result);
        else BenchReport.Show(result.Notes, result.Tables);
        if (!result.Holds) Screen.Note("An action was lost, doubled or put out of order, or an event has no row in the analysts' table.");
        return result.Holds ? ExitCode.Ok : ExitCode.Failed;
    }
}
