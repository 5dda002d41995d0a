using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <summary>Requests of players' clients, answered 202 after the broker's confirm; those on a schedule with `Prefer: wait=2` and the outcome. Beside it a bare echo.</summary>
public sealed class HttpDoor : IDoor<byte[]>
{
    private const double LeastStopped = 0.50, LeastWorking = 0.20;

    private readonly BenchServers _servers;
    private readonly RunningEngine _engine;
    private readonly ChildProcess _echo;
    private readonly HttpLoad _toEcho, _toIngress;

    private HttpDoor(BenchServers servers, RunningEngine engine, ChildProcess echo, HttpLoad toEcho, HttpLoad toIngress) =>
        (_servers, _engine, _echo, _toEcho, _toIngress) = (servers, engine, echo, toEcho, toIngress);

    public DoorWords Words { get; } = new(
        "http", "echo", "echo or ingress", "connections", "answered", "Prefer: wait=2: ms from the scheduled time to the outcome", Findings);

    public static async Task<IDoor<byte[]>> OpenAsync(BenchServers servers, RunningEngine engine, DoorPlan plan, CancellationToken cancel)
    {
        var echo = await ChildProcess.StartAsync(
            servers.Box, "echo-1", "none", views: false, ["TreasureHunt.Tests.Benchmarks.dll", EchoHost.Argument], [], cancel);
        try
        {
            return new HttpDoor(
                servers, engine, echo, await HttpLoad.ConnectAsync(echo.Address, plan.Senders, cancel), await HttpLoad.ConnectAsync(engine.Ingress.Address, plan.Senders, cancel));
        }
        catch
        {
            await echo.DisposeAsync();
            throw;
        }
    }

    public byte[] Request(AcceptedAction action, bool asks) => asks ? _engine.Requests.PostAndWait(action) : _engine.Requests.Post(action);

    public DoorReading ReadBare() => DoorReading.OfEcho(_echo);

    public async Task<Answers> BareAsync(byte[][] requests, CancellationToken cancel) => Expected(200, await _toEcho.ClosedAsync(requests, cancel));

    public async Task<Answers> ClosedAsync(byte[][] requests, CancellationToken cancel) => Expected(202, await _toIngress.ClosedAsync(requests, cancel));

    /// <summary>They are when they are answered.</summary>
    public Task OnLanesAsync(int actions, CancellationToken cancel) => Task.CompletedTask;

    public async Task<DoorWait> OpenAsync(AcceptedAction[] actions, byte[][] requests, Arrivals arrivals, CancellationToken cancel)
    {
        var before = await DoorReading.OfEngineAsync(_servers, _engine, cancel);
        var answers = await _toIngress.OpenAsync(requests, arrivals, cancel);
        var after = await DoorReading.OfEngineAsync(_servers, _engine, cancel);
        Expected(200, answers);
        _engine.Accepted(actions);
        return new DoorWait(arrivals.Rate, answers.Latency, answers.Lateness, DoorCost.Between(before, after, answers.Count));
    }

    public async ValueTask DisposeAsync()
    {
        _toIngress.Dispose();
        _toEcho.Dispose();
        await _echo.DisposeAsync();
    }

    private static HttpAnswers Expected(int status, HttpAnswers answers)
    {
        answers.Expect(status);
        return answers;
    }

    private static IReadOnlyList<Finding> Findings(DoorResult result)
    {
        var (stopped, working) = (result.StoppedShare, result.WorkingShare);
        var (middle, quiet) = (result.Waits[0], result.Waits[1]);
        return
        [
            new Finding("P3", "202 after the broker's confirm, processors stopped, of a bare echo", "50 %", DoorResult.Share(stopped), stopped.Median >= LeastStopped,
                "Nakama, 1 CPU: echo 635/s without persistence"),
            new Finding("P3", "the same with the whole pipeline working, until committed", "20 %", DoorResult.Share(working), working.Median >= LeastWorking),
            new Finding("P4", $"outcome back, {Number(middle.Rate)}/s ({result.MiddleRate})", "p50 10, p99 40 ms", Shown(middle.Latency),
                middle.Latency.P50 <= 10 && middle.Latency.P99 <= 40, "Wolverine durable p50 0.8 ms at 2k/s; Akka p99 59 ms at peak"),
            new Finding("P4", $"outcome back, {Number(quiet.Rate)}/s", "p50 8, p99 60 ms", Shown(quiet.Latency), quiet.Latency.P50 <= 8 && quiet.Latency.P99 <= 60),
        ];
    }
}
