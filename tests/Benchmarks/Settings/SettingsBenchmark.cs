using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>bench settings: the goals of the settings, part by part.</summary>
public static class SettingsBenchmark
{
    public static Task<ExitCode> RunAsync(SettingsPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        IEnumerable<PartResult> before = plan.Parts.Contains(SettingsPlan.Read) ? [ReadPart.Run(plan.Short)] : [];
        return PartsBenchmark.RunAsync(
            new PartsFrame("settings", "Settings", command, at, plan.Json), BenchSeed.Usual, before,
            [.. plan.Parts.Where(part => part != SettingsPlan.Read).Select(part => new Part(part, servers => RunAsync(part, servers)))], cancel);

        Task<PartResult> RunAsync(string part, BenchServers servers) => part switch
        {
            SettingsPlan.Spread => SpreadPart.RunAsync(servers, plan.Short, cancel),
            SettingsPlan.Load => LoadPart.RunAsync(servers, plan.Short, at, time, cancel),
            SettingsPlan.Storm => StormPart.RunAsync(servers, plan.Short, at, time, cancel),
            SettingsPlan.Away => AwayPart.RunAsync(servers, plan.Short, at, time, cancel),
            SettingsPlan.Constants => ConstantsPart.RunAsync(servers, plan.Short, time, cancel),
            SettingsPlan.Return => ReturnPart.RunAsync(servers, plan.Short, time, cancel),
            SettingsPlan.HandOver => HandOverPart.RunAsync(servers, plan.Short, cancel),
            _ => PastPart.RunAsync(servers, plan.Short, time, cancel),
        };
    }
}
