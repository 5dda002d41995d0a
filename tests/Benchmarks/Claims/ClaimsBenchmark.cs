using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>
/// bench claims: the same processor with its settings got from a central place in several ways, from our local snapshot, and from nowhere. The table is long: each
/// cell is kept when it is measured, and what was measured at this commit is not measured again.
/// </summary>
public static class ClaimsBenchmark
{
    public static async Task<ExitCode> RunAsync(ClaimsPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        var commit = await BenchReport.CommitAsync(cancel);
        var store = new CellStore<Cell>(Path.Combine(Box.StateRoot, "bench", "claims"), commit.EndsWith(BenchReport.WithChanges, StringComparison.Ordinal) ? null : commit);
        var measured = new List<Cell>();
        var due = plan.Cells.Where(cell => plan.Again || store.Find(Name(cell.Arm, cell.Condition)) is null).ToList();
        Machine? machine = null;
        if (due.Count > 0)
        {
            await using var box = await ThrowAwayBox.CreateAsync("bench");
            await using var servers = await BenchServers.StartAsync(box.Box, BenchSeed.Usual, at, cancel);
            var run = new CellRun(servers, plan.Short, time);
            foreach (var (arm, condition) in due)
            {
                Screen.Note($"{arm}, {condition} ({due.IndexOf((arm, condition)) + 1} of {due.Count}) …");
                var cell = await run.RunAsync(arm, condition, EqualRate(arm, condition), cancel);
                store.Keep(Name(arm, condition), cell);
                measured.Add(cell);
            }
            await using var database = await servers.CopyAsync(cancel);
            machine = await Machine.LookAsync(database.Data, servers.Queues.Broker, cancel);
        }

        // What was just measured counts also where the tree differs from the commit, and nothing of it will be found again.
        var cells = ClaimsPlan.AllConditions.SelectMany(condition => ClaimsPlan.AllArms.Select(arm => Known(arm, condition))).OfType<Cell>().ToList();
        var result = new ClaimsResult(at, commit, command, plan.Short, machine, ReadCost.Nanoseconds(), cells);
        if (plan.Json) Screen.Json(result);
        else BenchReport.Show(ClaimsReport.Notes(result), ClaimsReport.Tables(result));
        BenchReport.Keep("claims", at, result, ClaimsReport.Notes(result), ClaimsReport.Tables(result));
        return ExitCode.Ok; // goals that are missed are published as they are

        Cell? Known(string arm, string condition) =>
            measured.Find(cell => cell.Arm == arm && cell.Condition == condition) ?? store.Find(Name(arm, condition));

        string Name(string arm, string condition) => $"{arm}-{condition}{(plan.Short ? "-short" : "")}";

        // That of A1 while its service is well; that cell sets it for itself.
        double? EqualRate(string arm, string condition) =>
            (arm, condition) == (ClaimsPlan.ServicePerAction, ClaimsPlan.Healthy) ? null
            : Known(ClaimsPlan.ServicePerAction, ClaimsPlan.Healthy) is { } first ? CellRun.EqualShare * Knee.Of(first.Steps)
            : throw new CommandFailed(
                ExitCode.Usage, $"All arms are compared at {CellRun.EqualShare:0%} of the knee of {ClaimsPlan.ServicePerAction}: measure --arms {ClaimsPlan.ServicePerAction} --conditions {ClaimsPlan.Healthy} first, at this commit.");
    }
}

/// <summary>All that is known of the table at this commit; what --json prints.</summary>
/// <param name="Machine">null: nothing was measured this time</param>
/// <param name="ReadNanoseconds">a read of one setting from the snapshot, the loop around it included</param>
public sealed record ClaimsResult(DateTimeOffset At, string Commit, string Command, bool Short, Machine? Machine, double ReadNanoseconds, IReadOnlyList<Cell> Cells)
{
    /// <summary>null: not measured</summary>
    public Cell? Of(string arm, string condition = ClaimsPlan.Healthy) => Cells.FirstOrDefault(cell => cell.Arm == arm && cell.Condition == condition);
}
