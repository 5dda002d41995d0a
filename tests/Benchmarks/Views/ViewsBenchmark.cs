using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Views;

/// <summary>bench views: what is committed is seen, how soon and by how many. A part that doubles or skips a fact in a feed has no figures.</summary>
public static class ViewsBenchmark
{
    public static Task<ExitCode> RunAsync(ViewsPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        return PartsBenchmark.RunAsync(
            new PartsFrame("views", "Views", command, at, plan.Json), BenchSeed.Usual, [],
            [
                .. plan.Parts.Select(part => new Part(part, servers => part == ViewsPlan.Board
                    ? BoardPart.RunAsync(servers, plan.Short, at, time, cancel)
                    : FeedPart.RunAsync(servers, plan.Short, at, time, cancel))),
            ], cancel);
    }
}
