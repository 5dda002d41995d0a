using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Ingress;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Settings;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <summary>The whole engine as users run it, each part a process of its own: ConfigService, one ingress, one processor; and the books of what was accepted.</summary>
public sealed class RunningEngine : IAsyncDisposable
{
    private const int Processes = 2, WarmUpConnections = 8;

    /// <summary>No more is stored for this long: something was lost.</summary>
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(60);

    private readonly BenchServers _servers;
    private readonly ConfigProcess _config;
    private readonly HttpClient _operator;
    private readonly List<AcceptedAction> _accepted = [];

    private RunningEngine(BenchServers servers, ArmDatabase database, ConfigProcess config, ChildProcess processor, ChildProcess ingress, TimeProvider time)
    {
        (_servers, Database, _config, Processor, Ingress) = (servers, database, config, processor, ingress);
        _operator = new HttpClient { BaseAddress = ingress.Address };
        var token = Tokens.Mint(Convert.FromBase64String(servers.Box.TokenKey), "bench", Tokens.AnyHunt, TimeSpan.FromHours(6), time, Role.Operator);
        _operator.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Requests = new DoorRequests(Convert.FromBase64String(servers.Box.TokenKey), servers.Seal, time);
    }

    public ArmDatabase Database { get; }
    public ChildProcess Processor { get; }
    public ChildProcess Ingress { get; }
    public DoorRequests Requests { get; }

    public static async Task<RunningEngine> StartAsync(BenchServers servers, TimeProvider time, CancellationToken cancel)
    {
        var started = new Stack<IAsyncDisposable>();
        try
        {
            var database = Started(await servers.CopyAsync(cancel));
            var config = Started(await ConfigProcess.StartAsync(servers, database, cancel));
            KeyValuePair<string, string>[] more = [new("Hunt__ConfigService", config.Address.AbsoluteUri)];
            var processor = Started(await ChildProcess.StartAsync(
                servers.Box, ServiceProcesses.Processor(1), database.ConnectionString, servers.Views, ["TreasureHunt.Processors.dll"], more, cancel));
            var ingress = Started(await ChildProcess.StartAsync(
                servers.Box, ServiceProcesses.Ingress, database.ConnectionString, views: false, ["TreasureHunt.Ingress.dll"], more, cancel));
            await config.InStepAsync(Processes, cancel);
            return new RunningEngine(servers, database, config, processor, ingress, time);
        }
        catch
        {
            while (started.TryPop(out var half)) await half.DisposeAsync();
            throw;
        }

        T Started<T>(T part) where T : IAsyncDisposable
        {
            started.Push(part);
            return part;
        }
    }

    /// <summary>Ends when the change is in force everywhere.</summary>
    public async Task SetAsync(Dictionary<string, SettingValue?> values, CancellationToken cancel)
    {
        await _config.Operator.ChangeAsync(new ChangeSettings(values, "benchmark"), null, cancel);
        await _config.InStepAsync(Processes, cancel);
    }

    /// <summary>An action at a time on a few connections: every hunt is known and every method compiled before the load comes.</summary>
    public async Task WarmUpAsync(AcceptedAction[] actions, CancellationToken cancel)
    {
        using var load = await HttpLoad.ConnectAsync(Ingress.Address, WarmUpConnections, cancel);
        var answers = await load.ClosedAsync(Array.ConvertAll(actions, Requests.Post), cancel);
        answers.Expect(202);
        Accepted(actions);
        await StoredAsync(cancel);
    }

    public Task PauseAsync(bool paused, CancellationToken cancel) =>
        SetAsync(new() { [SettingsSchema.LanePaused.Key] = SettingValue.Of(paused) }, cancel);

    /// <summary>Enters the accepted actions into the books.</summary>
    public void Accepted(IEnumerable<AcceptedAction> actions) => _accepted.AddRange(actions);

    public int AcceptedCount => _accepted.Count;

    /// <summary>Ends when all that was accepted is stored.</summary>
    public async Task StoredAsync(CancellationToken cancel)
    {
        var (most, since) = (0L, Stopwatch.GetTimestamp());
        for (long stored; (stored = await StoredNowAsync(cancel)) < _accepted.Count; await Task.Delay(20, cancel))
        {
            if (stored > most) (most, since) = (stored, Stopwatch.GetTimestamp());
            if (Stopwatch.GetElapsedTime(since) > Stalled)
                throw new CommandFailed(ExitCode.Failed, $"{stored} of {_accepted.Count} accepted actions are stored and none was added for {Stalled.TotalSeconds:0} s.");
        }
    }

    /// <summary>Committed actions, and those of refused commits; costs nothing.</summary>
    public Task<long> StoredAtMostAsync(CancellationToken cancel) => Database.EventsAtMostAsync(_servers.SeedEvents, cancel);

    /// <summary>Committed actions; counted only where all may be there, for that costs the server something.</summary>
    public async Task<long> StoredNowAsync(CancellationToken cancel)
    {
        var atMost = await StoredAtMostAsync(cancel);
        return atMost < _accepted.Count ? atMost : await Database.EventsAsync(_servers.SeedEvents, cancel);
    }

    /// <summary>Accepted = applied + refused + parked, each once, nothing else: from the store.</summary>
    /// <exception cref="CommandFailed">it does not hold: the run has no figures</exception>
    public async Task<Conservation> CheckAsync(CancellationToken cancel)
    {
        await StoredAsync(cancel);
        long waiting = 0;
        foreach (var queue in LanesArm.Queues(_servers.Box.Lanes)) waiting += await _servers.Queues.WaitingAsync(queue, cancel) ?? 0;
        var books = await Conservation.CheckAsync(Database, _accepted, _servers.SeedEvents, keepsOrder: false, waiting, await Database.ParkedAsync(cancel), cancel);
        return books.Holds ? books : throw new CommandFailed(ExitCode.Failed, $"NOT CONSERVED: {books}");
    }

    public async Task<ProcessStatus> IngressStatusAsync(CancellationToken cancel) => (await AskIngressAsync(cancel)).Process;

    /// <summary>Actions that the ingress has put on lanes and not seen decided.</summary>
    public async Task<int> UndecidedAsync(CancellationToken cancel) => (await AskIngressAsync(cancel)).Lanes.Sum(lane => lane.Undecided);

    public async ValueTask DisposeAsync()
    {
        _operator.Dispose();
        await Ingress.DisposeAsync();
        await Processor.DisposeAsync();
        await _config.DisposeAsync();
        await _servers.Queues.DeleteAsync(LanesArm.Queues(_servers.Box.Lanes), CancellationToken.None);
        await Database.DisposeAsync();
    }

    private async Task<IngressAnswer> AskIngressAsync(CancellationToken cancel) => (await _operator.GetFromJsonAsync<IngressAnswer>("/status", cancel))!;

    private sealed record IngressAnswer(ProcessStatus Process, IReadOnlyList<LaneLoad> Lanes);
}
