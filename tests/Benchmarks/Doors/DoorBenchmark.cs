using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <summary>
/// bench http and bench intake: what a door costs. Three arms in interleaved rounds on the same machine, load generator included: a bare server of the same requests; the
/// ingress with the processors stopped; the ingress with the whole pipeline working behind it. Then latency on a schedule.
/// </summary>
public static class DoorBenchmark
{
    public const int Hunts = 400;

    public const int WarmUp = 3_000;

    private const int Seed = 20261126;

    /// <summary>Share of the pipeline's closed-loop rate that the open loop runs at.</summary>
    private const double MiddleLoad = 0.30;

    private const double QuietRate = 200;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1), ViewsLimit = TimeSpan.FromMinutes(2);

    public static async Task<ExitCode> RunAsync<TRequest>(
        DoorPlan plan, string command, Func<BenchServers, RunningEngine, DoorPlan, CancellationToken, Task<IDoor<TRequest>>> openAsync, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        await using var box = await ThrowAwayBox.CreateAsync("bench");
        await using var servers = await BenchServers.StartAsync(box.Box, new BenchSeed(Hunts, Views: true), at, cancel);
        await using var engine = await RunningEngine.StartAsync(servers, time, cancel);
        await using var door = await openAsync(servers, engine, plan, cancel);
        await engine.SetAsync(Settings(plan), cancel);

        var source = new ActionSource(Hunts, Seed, at, servers.Seal, Enum.Parse<HuntMix>(plan.Mix, ignoreCase: true));
        await engine.WarmUpAsync(source.Take(WarmUp), cancel);
        var rounds = new List<DoorRound>();
        for (var number = 0; number <= plan.Rounds; number++)
        {
            // Round 0 warms up.
            Screen.Note(number == 0 ? "warm-up" : $"round {number} of {plan.Rounds}");
            var forDoor = source.Take(plan.Requests);
            var requests = Array.ConvertAll(forDoor, action => door.Request(action, asks: false));
            var calibration = Calibration.Milliseconds();
            var working = number % 2 == 0 ? await WorkingAsync() : null; // what drifts does so for all
            var bare = number % 2 == 1 ? await BareAsync() : null;
            var stopped = await StoppedAsync();
            var round = new DoorRound(number, calibration, bare ?? await BareAsync(), stopped, working ?? await WorkingAsync());
            if (number > 0) rounds.Add(round);
            Screen.Note($"  {door.Words.Bare} {round.Bare.PerSecond:#,0}/s, processors stopped {round.Stopped.PerSecond:#,0}/s, working {round.Working.PerSecond:#,0}/s");

            async Task<DoorArm> BareAsync()
            {
                await CalmAsync();
                return await MeasureAsync(() => Task.FromResult(door.ReadBare()), () => door.BareAsync(requests, cancel), () => Task.CompletedTask);
            }

            async Task<DoorArm> StoppedAsync()
            {
                await CalmAsync();
                await engine.PauseAsync(true, cancel);
                var arm = await MeasureAsync(ReadAsync, () => door.ClosedAsync(requests, cancel), () => door.OnLanesAsync(requests.Length, cancel));
                engine.Accepted(forDoor);
                await engine.PauseAsync(false, cancel);
                return arm;
            }
        }

        var knee = Spread.Of(rounds.Select(round => round.Working.PerSecond)).Median;
        var waits = new List<DoorWait>();
        foreach (var rate in new[] { plan.Rate ?? knee * MiddleLoad, QuietRate }) waits.Add(await WaitAsync(rate));

        var books = await engine.CheckAsync(cancel);
        var result = new DoorResult(
            at, await BenchReport.CommitAsync(cancel), command, plan, await Machine.LookAsync(engine.Database.Data, servers.Queues.Broker, cancel), rounds, waits, books, door.Words);
        if (plan.Json) Screen.Json(result);
        else BenchReport.Show(result.Notes, result.Tables);
        BenchReport.Keep(door.Words.Door, at, result, result.Notes, result.Tables);
        return result.Findings.Any(finding => finding.Holds == false) ? ExitCode.Different : ExitCode.Ok;

        Task<DoorReading> ReadAsync() => DoorReading.OfEngineAsync(servers, engine, cancel);

        async Task<DoorArm> WorkingAsync()
        {
            var actions = source.Take(plan.Requests);
            var requests = Array.ConvertAll(actions, action => door.Request(action, asks: false));
            await CalmAsync();
            return await MeasureAsync(ReadAsync, () => door.ClosedAsync(requests, cancel), () =>
            {
                engine.Accepted(actions);
                return engine.StoredAsync(cancel);
            });
        }

        async Task<DoorArm> MeasureAsync(Func<Task<DoorReading>> readAsync, Func<Task<Answers>> sendAsync, Func<Task> doneAsync)
        {
            var before = await readAsync();
            var clock = Stopwatch.StartNew();
            var answers = await sendAsync();
            await doneAsync();
            var done = clock.Elapsed;
            var after = await readAsync();
            return new DoorArm(answers.Count / done.TotalSeconds, answers.PerSecond, answers.Latency, DoorCost.Between(before, after, answers.Count));
        }

        async Task<DoorWait> WaitAsync(double rate)
        {
            var actions = source.Take((int)Math.Ceiling(rate * plan.Seconds));
            var requests = Array.ConvertAll(actions, action => door.Request(action, asks: true));
            var arrivals = Arrivals.Of(plan.Arrivals, rate);
            await CalmAsync();
            return await door.OpenAsync(actions, requests, arrivals, cancel);
        }

        // Nothing of the step before is still going on.
        async Task CalmAsync()
        {
            await engine.StoredAsync(cancel);
            for (var clock = Stopwatch.StartNew(); await engine.Database.ViewsBehindAsync(cancel) > 0; await Task.Delay(100, cancel))
                if (clock.Elapsed > ViewsLimit) throw new CommandFailed(ExitCode.Failed, "The analysts' tables do not catch up; the processor's log says why.");
            await engine.Database.CheckpointAsync(cancel);
            GC.Collect();
            await Task.Delay(Rest, time, cancel);
        }
    }

    /// <summary>The generator's players are few and fast, and with the processors stopped the queues grow: what protects users is out of the way.</summary>
    private static Dictionary<string, SettingValue?> Settings(DoorPlan plan)
    {
        var settings = new[] { SettingsSchema.IngressRatePerSecond, SettingsSchema.IngressRateBurst, SettingsSchema.IngressLaneDepth }
            .ToDictionary(setting => setting.Key, setting => (SettingValue?)SettingValue.Of(setting.Max));
        if (plan.Prefetch is { } prefetch) settings[SettingsSchema.IntakePrefetch.Key] = SettingValue.Of(prefetch);
        return settings;
    }
}
