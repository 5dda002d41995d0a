using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;

namespace TreasureHunt.Tests.Benchmarks.Http;

/// <summary>
/// bench http: what the HTTP door costs. Three arms in interleaved rounds on the same machine, load generator included: a bare echo of the same requests; the
/// ingress with the processors stopped; the ingress with the whole pipeline working behind it. Then latency on a schedule.
/// </summary>
public static class HttpBenchmark
{
    public const int Hunts = 400;

    public const int WarmUp = 3_000;

    private const int Seed = 20261126;

    /// <summary>Share of the pipeline's closed-loop rate that the open loop runs at.</summary>
    private const double MiddleLoad = 0.30;

    private const double QuietRate = 200;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1), ViewsLimit = TimeSpan.FromMinutes(2);

    public static async Task<ExitCode> RunAsync(HttpPlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        await using var box = await ThrowAwayBox.CreateAsync("bench");
        await using var servers = await BenchServers.StartAsync(box.Box, new BenchSeed(Hunts, Views: true), at, cancel);
        await using var echo = await ChildProcess.StartAsync(
            servers.Box, "echo-1", "none", views: false, ["TreasureHunt.Tests.Benchmarks.dll", EchoHost.Argument], [], cancel);
        await using var engine = await RunningEngine.StartAsync(servers, time, cancel);
        using var toEcho = await HttpLoad.ConnectAsync(echo.Address, plan.Connections, cancel);
        using var toIngress = await HttpLoad.ConnectAsync(engine.Ingress.Address, plan.Connections, cancel);
        await engine.SetAsync(NoLimits, cancel);

        var source = new ActionSource(Hunts, Seed, at, servers.Seal, Enum.Parse<HuntMix>(plan.Mix, ignoreCase: true));
        await engine.WarmUpAsync(source.Take(WarmUp), cancel);
        var rounds = new List<HttpRound>();
        for (var number = 0; number <= plan.Rounds; number++)
        {
            // Round 0 warms up.
            Screen.Note(number == 0 ? "warm-up" : $"round {number} of {plan.Rounds}");
            var forDoor = source.Take(plan.Requests);
            var requests = Array.ConvertAll(forDoor, engine.Requests.Post);
            var calibration = Calibration.Milliseconds();
            var working = number % 2 == 0 ? await WorkingAsync() : null; // what drifts does so for all
            var echoed = number % 2 == 1 ? await EchoAsync(requests) : null;
            var stopped = await StoppedAsync(requests, forDoor);
            var round = new HttpRound(number, calibration, echoed ?? await EchoAsync(requests), stopped, working ?? await WorkingAsync());
            if (number > 0) rounds.Add(round);
            Screen.Note($"  echo {round.Echo.PerSecond:#,0}/s, processors stopped {round.Stopped.PerSecond:#,0}/s, working {round.Working.PerSecond:#,0}/s");
        }

        var knee = Spread.Of(rounds.Select(round => round.Working.PerSecond)).Median;
        var waits = new List<HttpWait>();
        foreach (var rate in new[] { knee * MiddleLoad, QuietRate }) waits.Add(await WaitAsync(rate));

        var books = await engine.CheckAsync(cancel);
        var result = new HttpResult(
            at, await BenchReport.CommitAsync(cancel), command, plan, await Machine.LookAsync(engine.Database.Data, servers.Queues.Broker, cancel), rounds, waits, books);
        if (plan.Json) Screen.Json(result);
        else BenchReport.Show(result.Notes, result.Tables);
        BenchReport.Keep("http", at, result, result.Notes, result.Tables);
        return result.Findings.Any(finding => finding.Holds == false) ? ExitCode.Different : ExitCode.Ok;

        async Task<HttpArm> EchoAsync(byte[][] requests)
        {
            await CalmAsync();
            var before = DoorReading.OfEcho(echo);
            var answers = await toEcho.ClosedAsync(requests, cancel);
            answers.Expect(200);
            return new HttpArm(answers.PerSecond, answers.PerSecond, answers.Latency, DoorCost.Between(before, DoorReading.OfEcho(echo), answers.Count));
        }

        async Task<HttpArm> StoppedAsync(byte[][] requests, AcceptedAction[] actions)
        {
            await CalmAsync();
            await engine.PauseAsync(true, cancel);
            var before = await DoorReading.OfEngineAsync(servers, engine, cancel);
            var answers = await toIngress.ClosedAsync(requests, cancel);
            var after = await DoorReading.OfEngineAsync(servers, engine, cancel);
            answers.Expect(202);
            engine.Accepted(actions);
            await engine.PauseAsync(false, cancel);
            return new HttpArm(answers.PerSecond, answers.PerSecond, answers.Latency, DoorCost.Between(before, after, answers.Count));
        }

        async Task<HttpArm> WorkingAsync()
        {
            var actions = source.Take(plan.Requests);
            var requests = Array.ConvertAll(actions, engine.Requests.Post);
            await CalmAsync();
            var before = await DoorReading.OfEngineAsync(servers, engine, cancel);
            var clock = Stopwatch.StartNew();
            var answers = await toIngress.ClosedAsync(requests, cancel);
            answers.Expect(202);
            engine.Accepted(actions);
            await engine.StoredAsync(cancel);
            var stored = clock.Elapsed;
            var after = await DoorReading.OfEngineAsync(servers, engine, cancel);
            return new HttpArm(actions.Length / stored.TotalSeconds, answers.PerSecond, answers.Latency, DoorCost.Between(before, after, answers.Count));
        }

        async Task<HttpWait> WaitAsync(double rate)
        {
            var actions = source.Take((int)Math.Ceiling(rate * plan.Seconds));
            var requests = Array.ConvertAll(actions, engine.Requests.PostAndWait);
            var arrivals = plan.Arrivals is { } file ? Arrivals.Replayed(file, rate) : Arrivals.Even(rate);
            await CalmAsync();
            var before = await DoorReading.OfEngineAsync(servers, engine, cancel);
            var answers = await toIngress.OpenAsync(requests, arrivals, cancel);
            var after = await DoorReading.OfEngineAsync(servers, engine, cancel);
            answers.Expect(200);
            engine.Accepted(actions);
            return new HttpWait(rate, answers.Latency, answers.Lateness, DoorCost.Between(before, after, answers.Count));
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
    private static Dictionary<string, SettingValue?> NoLimits => new[]
    {
        SettingsSchema.IngressRatePerSecond, SettingsSchema.IngressRateBurst, SettingsSchema.IngressLaneDepth,
    }.ToDictionary(setting => setting.Key, setting => (SettingValue?)SettingValue.Of(setting.Max));
}
