using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Doors;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Overload;

/// <summary>
/// bench overload: the most that comes through HTTP and is decided as it comes (the knee), then twice and five times that. The load generator shares the
/// machine: what it takes is missing to the engine.
/// </summary>
public static class OverloadBenchmark
{
    private const int Seed = 20261127;

    /// <summary>The steps of the search, as shares of what a closed loop gets through.</summary>
    private static readonly double[] Steps = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1];

    private static readonly double[] Overloads = [2, 5];

    public static async Task<ExitCode> RunAsync(OverloadPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        await using var box = await ThrowAwayBox.CreateAsync("bench");
        await using var servers = await BenchServers.StartAsync(
            box.Box, new BenchSeed(DoorBenchmark.Hunts, Views: true), at, cancel);
        await using var engine = await RunningEngine.StartAsync(servers, time, cancel);
        using var load = await HttpLoad.ConnectAsync(engine.Ingress.Address, plan.Connections, cancel);
        await engine.SetAsync(new()
        {
            [SettingsSchema.IngressRatePerSecond.Key] = SettingValue.Of(SettingsSchema.IngressRatePerSecond.Max), // the generator's players are few and fast
            [SettingsSchema.IngressRateBurst.Key] = SettingValue.Of(plan.LaneDepth),
            [SettingsSchema.IngressLaneDepth.Key] = SettingValue.Of(plan.LaneDepth),
            [SettingsSchema.IngressInFlight.Key] = SettingValue.Of(plan.InFlight),
        }, cancel);
        var source = new ActionSource(DoorBenchmark.Hunts, Seed, at, servers.Seal, Enum.Parse<HuntMix>(plan.Mix, ignoreCase: true));
        var run = new OverloadRun(engine, load, source, plan, time);

        await engine.WarmUpAsync(source.Take(DoorBenchmark.WarmUp), cancel);
        await run.ClosedAsync(cancel);
        var most = await run.ClosedAsync(cancel);
        Screen.Note($"a closed loop gets through {most:#,0} actions/s");
        var steps = new List<OverloadStep>();
        foreach (var share in Steps)
        {
            steps.Add(await run.StepAsync("", most * share, cancel));
            if (steps[^1].IsSustained) continue;
            steps.Add(await run.StepAsync("again", most * share, cancel)); // a moment's pause of the machine is not the engine's
            if (!steps[^1].IsSustained) break;
        }
        var knee = steps.LastOrDefault(step => step.IsSustained)
            ?? throw new CommandFailed(ExitCode.Failed, $"Even {steps[0].Offered:#,0} actions/s are not sustained: there is no knee to start from.");
        foreach (var factor in Overloads) steps.Add(await run.StepAsync($"{factor:0} x the knee", knee.Offered * factor, cancel));

        var books = await engine.CheckAsync(cancel);
        var result = new OverloadResult(
            at, await BenchReport.CommitAsync(cancel), command, plan, await Machine.LookAsync(engine.Database.Data, servers.Queues.Broker, cancel), knee, steps, books);
        if (plan.Json) Screen.Json(result);
        else BenchReport.Show(result.Notes, result.Tables);
        BenchReport.Keep("overload", at, result, result.Notes, result.Tables);
        return result.Findings.Any(finding => finding.Holds == false) ? ExitCode.Different : ExitCode.Ok;
    }
}
