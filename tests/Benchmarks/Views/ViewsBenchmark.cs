using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;

namespace TreasureHunt.Tests.Benchmarks.Views;

/// <summary>bench views: what is committed is seen, how soon and by how many. A part that loses or doubles an action, or a fact in a feed, has no figures.</summary>
public static class ViewsBenchmark
{
    private const int Hunts = 400;

    public static async Task<ExitCode> RunAsync(ViewsPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        var results = new List<PartResult>();
        await using var box = await ThrowAwayBox.CreateAsync("bench");
        var seed = new PipelinePlan(1, 1, Hunts, 1, null, 1, null, null, Views: false, Tune: false, Json: false);
        await using var servers = await BenchServers.StartAsync(box.Box, seed, at, cancel);
        foreach (var part in plan.Parts)
        {
            Screen.Note($"{part} …");
            results.Add(part == ViewsPlan.Board
                ? await BoardPart.RunAsync(servers, plan.Short, at, time, cancel)
                : await FeedPart.RunAsync(servers, plan.Short, at, time, cancel));
            foreach (var finding in results[^1].Findings) Screen.Note($"  {finding.Goal} {finding.What}: {finding.Measured} {finding.Verdict}");
        }
        await using var database = await servers.CopyAsync(cancel);
        var machine = await Machine.LookAsync(database.Data, servers.Queues.Broker, cancel);

        var result = new SettingsResult(at, await BenchReport.CommitAsync(cancel), command, machine, results, "Views");
        if (plan.Json) Screen.Json(result);
        else BenchReport.Show(result.Notes, result.Tables);
        BenchReport.Keep("views", at, result, result.Notes, result.Tables);
        return results.SelectMany(part => part.Findings).Any(finding => finding.Holds == false) ? ExitCode.Different : ExitCode.Ok;
    }
}
