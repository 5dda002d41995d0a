using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>bench settings: the goals of the settings, part by part, on servers of its own. A part that loses or doubles an action has no figures.</summary>
public static class SettingsBenchmark
{
    private const int Hunts = 400;

    public static async Task<ExitCode> RunAsync(SettingsPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        var results = new List<PartResult>();
        Machine? machine = null;
        if (plan.Parts.Contains(SettingsPlan.Read)) results.Add(ReadPart.Run(plan.Short));
        if (plan.Parts.Any(part => part != SettingsPlan.Read))
        {
            await using var box = await ThrowAwayBox.CreateAsync("bench");
            var seed = new PipelinePlan(1, 1, Hunts, 1, null, 1, null, null, Views: false, Tune: false, Json: false);
            await using var servers = await BenchServers.StartAsync(box.Box, seed, at, cancel);
            foreach (var part in plan.Parts.Where(part => part != SettingsPlan.Read))
            {
                Screen.Note($"{part} …");
                results.Add(part switch
                {
                    SettingsPlan.Spread => await SpreadPart.RunAsync(servers, plan.Short, cancel),
                    SettingsPlan.Load => await LoadPart.RunAsync(servers, plan.Short, at, time, cancel),
                    SettingsPlan.Storm => await StormPart.RunAsync(servers, plan.Short, at, time, cancel),
                    SettingsPlan.Away => await AwayPart.RunAsync(servers, plan.Short, at, time, cancel),
                    SettingsPlan.Return => await ReturnPart.RunAsync(servers, plan.Short, time, cancel),
                    SettingsPlan.HandOver => await HandOverPart.RunAsync(servers, plan.Short, cancel),
                    _ => await PastPart.RunAsync(servers, plan.Short, time, cancel),
                });
                foreach (var finding in results[^1].Findings) Screen.Note($"  {finding.Goal} {finding.What}: {finding.Measured} {finding.Verdict}");
            }
            await using var database = await servers.CopyAsync(cancel);
            machine = await Machine.LookAsync(database.Data, servers.Queues.Broker, cancel);
        }

        var result = new SettingsResult(at, await BenchReport.CommitAsync(cancel), command, machine, results);
        if (plan.Json) Screen.Json(result);
        else BenchReport.Show(result.Notes, result.Tables);
        BenchReport.Keep("settings", at, result, result.Notes, result.Tables);
        return results.SelectMany(part => part.Findings).Any(finding => finding.Holds == false) ? ExitCode.Different : ExitCode.Ok;
    }
}

/// <summary>All that a run of `bench settings` or `bench views` found out; what --json prints.</summary>
/// <param name="Machine">null: only reads were measured</param>
public sealed record SettingsResult(DateTimeOffset At, string Commit, string Command, Machine? Machine, IReadOnlyList<PartResult> Parts, string Title = "Settings")
{
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<string> Notes
    {
        get
        {
            yield return $"{At:yyyy-MM-dd}, commit {Commit}: {Command}" + (Machine is null ? "" : $"; {Machine.Cores} cores, {Machine.Runtime}, {Machine.Postgres}, {Machine.Broker}");
            foreach (var part in Parts) yield return $"{part.Part}: {part.Note}";
        }
    }

    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Tables =>
    [
        (Title, ["goal", "what", "wanted", "measured", "holds", "others"],
            [.. Parts.SelectMany(part => part.Findings).Select(finding => new[] { finding.Goal, finding.What, finding.Wanted, finding.Measured, finding.Verdict, finding.Others })]),
    ];
}
