using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>C3: from a change's commit to its being in force everywhere, as ConfigService stored it from the receipts.</summary>
public static class SpreadPart
{
    private const int Members = 50;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, CancellationToken cancel)
    {
        var changes = brief ? 10 : 300;
        await using var database = await servers.CopyAsync(cancel);
        await using var config = await ConfigProcess.StartAsync(servers, database, cancel);
        var members = await Task.WhenAll(Enumerable.Range(1, Members).Select(number => FleetMember.StartAsync(config.Options($"member-{number}"), cancel)));
        Finding spread;
        try
        {
            var settled = await ChangeAsync(config, changes, Members + 1, cancel);
            spread = Of($"{changes} changes, 1 ConfigService and {Members} instances with a connection each, in one process", settled, Members + 1);
        }
        finally
        {
            await Task.WhenAll(members.Select(member => member.DisposeAsync().AsTask()));
        }

        await using var processors = await ProcessesAsync(servers, database, config, processes: 4, cancel);
        var real = await ChangeAsync(config, changes / 3, instances: 5, cancel);
        return new PartResult(
            "spread", $"A change every {Between.TotalMilliseconds:0} ms by HTTP; the time is the one ConfigService stored from the receipts (commit by its clock, in force by the slowest process's; one machine, one clock).",
            [spread, Of($"{changes / 3} changes, ConfigService and 4 processors, each a process of its own", real, 5)]);
    }

    private static Finding Of(string what, IReadOnlyList<SettingsConverged> settled, int instances)
    {
        var times = Finding.Of(settled.Select(version => version.ElapsedMs));
        var everybody = settled.All(version => version.Applied >= instances && version.Refused.Count == 0);
        return new Finding("C3", what, "p99 <= 100 ms", Shown(times) + (everybody ? "" : ", not all answered"), times.P99 <= 100 && everybody,
            "Configerator 4.5 s push; Apollo 1 s; LaunchDarkly ~0.2 s; Azure 30 s");
    }

    private static async Task<IReadOnlyList<SettingsConverged>> ChangeAsync(ConfigProcess config, int changes, int instances, CancellationToken cancel)
    {
        await config.InStepAsync(instances, cancel);
        var first = (await config.Operator.GetAsync(cancel)).Version;
        var last = first;
        for (var i = 0; i < changes; i++)
        {
            last = (await config.Operator.ChangeAsync(
                new ChangeSettings(new Dictionary<string, SettingValue?> { ["lane.window"] = SettingValue.Of(1 + i % 16) }, "benchmark"), null, cancel)).Version;
            await Task.Delay(Between, cancel);
        }
        return await config.SettledAsync(first, last, cancel);
    }

    private static async Task<Processes> ProcessesAsync(BenchServers servers, ArmDatabase database, ConfigProcess config, int processes, CancellationToken cancel)
    {
        var started = await Task.WhenAll(Enumerable.Range(1, processes).Select(number => ChildProcess.StartAsync(
            servers.Box, $"processor-{number}", database.ConnectionString, views: false, ["TreasureHunt.Processors.dll"],
            [new("Hunt__ConfigService", config.Address.AbsoluteUri)], cancel)));
        return new Processes(servers, started);
    }

    private sealed class Processes(BenchServers servers, ChildProcess[] started) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Task.WhenAll(started.Select(process => process.DisposeAsync().AsTask()));
            await servers.Queues.DeleteAsync(LanesArm.Queues(servers.Box.Lanes), CancellationToken.None);
        }
    }
}
