using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Processors.Views;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;
using TreasureHunt.Tests.Benchmarks.Views;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Recovery;

/// <summary>P6: the read models from nothing: the analysts' tables by the daemon and by `hunt views rebuild`, a board by an ingress that has just started.</summary>
public static class ViewsPart
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5), Patience = TimeSpan.FromMinutes(2);

    /// <param name="ofHunt">events of the large hunt</param>
    public static async Task<PartResult> RunAsync(BenchServers servers, ArmDatabase database, long ofHunt, RecoveryPlan plan, TimeProvider time, CancellationToken cancel)
    {
        var events = await database.EventsAsync(0, cancel);
        var daemon = await DaemonFold.RunAsync(servers, database, time, _ => Task.CompletedTask, cancel);
        if (daemon.Rows != events) throw new CommandFailed(ExitCode.Failed, $"The daemon folded {daemon.Rows} of {events} events.");

        var rebuilds = new List<double>();
        for (var round = 0; round < plan.Rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            var folded = await ActionsTable.RebuildAsync(database.Data, cancel);
            rebuilds.Add(folded / clock.Elapsed.TotalSeconds);
            if (folded != events || await database.ViewRowsAsync(cancel) != events) throw new CommandFailed(ExitCode.Failed, $"The rebuild folded {folded} of {events} events.");
            Screen.Note($"  rebuilt: {rebuilds[^1]:#,0} events/s");
        }
        var boards = new List<double>();
        for (var round = 0; round < plan.Rounds; round++) boards.Add(await BoardAsync(servers, database, time, cancel));

        var (rebuilt, board) = (Spread.Of(rebuilds), Spread.Of(boards));
        return new PartResult(
            "views", $"{events:#,0} events. The table has as many rows after each fold.",
            [
                new Finding("P6", "hunt views rebuild", ">= 100,000 events/s", $"{rebuilt.Median:#,0}/s ({rebuilt.Least:#,0} to {rebuilt.Most:#,0})", rebuilt.Median >= 100_000),
                new Finding("", "the daemon of a processor that has just started, its start included", "", $"{daemon.PerSecond:#,0}/s"),
                new Finding(
                    "P6", $"first board of a hunt of {ofHunt:#,0} events by an ingress that has just started, from its readiness", ">= 100,000 events/s",
                    $"{board.Median:#,0} ms ({board.Least:#,0} to {board.Most:#,0}), {ofHunt / board.Median * 1_000:#,0} events/s", ofHunt / board.Median * 1_000 >= 100_000),
            ]);
    }

    private static async Task<double> BoardAsync(BenchServers servers, ArmDatabase database, TimeProvider time, CancellationToken cancel)
    {
        await using var ingress = await IngressProcess.StartAsync(servers, database, cancel);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Patience)
        {
            using var request = ingress.Get($"/hunts/{LargeHunt.Slug}/board?top=50", "looker");
            using var answer = await ingress.Http.SendAsync(request, cancel);
            if (answer.IsSuccessStatusCode) return clock.Elapsed.TotalMilliseconds;
            await Task.Delay(Look, time, cancel);
        }
        throw new CommandFailed(ExitCode.Failed, $"There was no board of {LargeHunt.Slug} within {Patience.TotalMinutes} minutes.");
    }
}
