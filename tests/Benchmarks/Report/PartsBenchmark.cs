using System.Text.Json.Serialization;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Report;

/// <summary>One part of a benchmark: goals, each with what was measured. It throws when its books do not hold, and then there are no figures.</summary>
public sealed record Part(string Name, Func<BenchServers, Task<PartResult>> RunAsync);

/// <summary>What a benchmark is named by, and what it was asked for.</summary>
/// <param name="Name">of the command</param>
/// <param name="Title">of the table</param>
/// <param name="Command">as typed</param>
public sealed record PartsFrame(string Name, string Title, string Command, DateTimeOffset At, bool Json);

/// <summary>A benchmark that is a row of parts on servers of its own.</summary>
public static class PartsBenchmark
{
    /// <param name="before">results of parts that need no servers</param>
    public static async Task<ExitCode> RunAsync(PartsFrame frame, BenchSeed seed, IEnumerable<PartResult> before, IReadOnlyList<Part> parts, CancellationToken cancel)
    {
        var results = before.ToList();
        Machine? machine = null;
        if (parts.Count > 0)
        {
            await using var box = await ThrowAwayBox.CreateAsync("bench");
            await using var servers = await BenchServers.StartAsync(box.Box, seed, frame.At, cancel);
            foreach (var part in parts)
            {
                Screen.Note($"{part.Name} …");
                results.Add(await part.RunAsync(servers));
                foreach (var finding in results[^1].Findings) Screen.Note($"  {finding.Goal} {finding.What}: {finding.Measured} {finding.Verdict}");
            }
            await using var database = await servers.CopyAsync(cancel);
            machine = await Machine.LookAsync(database.Data, servers.Queues.Broker, cancel);
        }
        var result = new PartsResult(frame.At, await BenchReport.CommitAsync(cancel), frame.Command, machine, results, frame.Title);
        if (frame.Json) Screen.Json(result);
        else BenchReport.Show(result.Notes, result.Tables);
        BenchReport.Keep(frame.Name, frame.At, result, result.Notes, result.Tables);
        return results.SelectMany(part => part.Findings).Any(finding => finding.Holds == false) ? ExitCode.Different : ExitCode.Ok;
    }
}

/// <summary>All that such a run found out; what --json prints.</summary>
/// <param name="Machine">null: no part needed servers</param>
public sealed record PartsResult(DateTimeOffset At, string Commit, string Command, Machine? Machine, IReadOnlyList<PartResult> Parts, string Title)
{
    [JsonIgnore]
    public IEnumerable<string> Notes
    {
        get
        {
            yield return $"{At:yyyy-MM-dd}, commit {Commit}: {Command}" + (Machine is null ? "" : $"; {Machine.Cores} cores, {Machine.Runtime}, {Machine.Postgres}, {Machine.Broker}");
            foreach (var part in Parts) yield return $"{part.Part}: {part.Note}";
        }
    }

    [JsonIgnore]
    public IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Tables =>
    [
        (Title, ["goal", "what", "wanted", "measured", "holds", "others"],
            [.. Parts.SelectMany(part => part.Findings).Select(finding => new[] { finding.Goal, finding.What, finding.Wanted, finding.Measured, finding.Verdict, finding.Others })]),
    ];
}
