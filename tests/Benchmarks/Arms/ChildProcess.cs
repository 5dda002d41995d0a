using System.Diagnostics;
using System.Net.Http.Json;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Tests.Benchmarks.Arms;

/// <summary>The process that decides: started, awaited, asked what it did, stopped. Both arms' look the same from outside.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(90), StopPatience = TimeSpan.FromSeconds(20);

    private readonly OwnedProcess _process;
    private readonly HttpClient _http;
    private readonly string _log;

    private ChildProcess(OwnedProcess process, Uri address, string log)
    {
        (_process, _log, Address) = (process, log, address);
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public int Pid => _process.Pid;

    public Uri Address { get; }

    /// <summary>From its start until it said that it is ready; it is asked every 50 ms.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    public bool IsAlive => _process.IsAlive;

    /// <summary>The end of its log.</summary>
    public string LastLines => Detached.LastLines(_log);

    /// <param name="command">a dll of this folder, and its arguments</param>
    /// <param name="views">it folds the analysts' tables too</param>
    /// <param name="at">where it is to listen; null: a free port</param>
    /// <exception cref="CommandFailed">it does not get ready</exception>
    public static async Task<ChildProcess> StartAsync(
        Box box, string instance, string database, bool views, string[] command, IEnumerable<KeyValuePair<string, string>> more, CancellationToken cancel,
        Uri? at = null)
    {
        var address = at ?? new Uri($"http://127.0.0.1:{Ports.Free(1)[0]}");
        var variables = BoxEnvironment.Of(box, instance, configService: null);
        variables[EnvironmentServers.PostgresVariable] = database;
        variables["ASPNETCORE_URLS"] = address.GetLeftPart(UriPartial.Authority);
        (variables["DOTNET_gcServer"], variables["DOTNET_gcConcurrent"]) = ("1", "0"); // as the processors ship; said here so that both arms have the same
        variables["Hunt__Views"] = views ? "true" : "false";
        foreach (var (name, value) in more) variables[name] = value;

        var log = Path.Combine(box.Logs, instance + ".log");
        var dotnet = Environment.GetEnvironmentVariable("HUNT_DOTNET") is { Length: > 0 } named ? named : "dotnet";
        var clock = Stopwatch.StartNew();
        var child = new ChildProcess(
            Detached.Start(instance, dotnet, [Path.Combine(AppContext.BaseDirectory, command[0]), .. command[1..]], log, AppContext.BaseDirectory, variables),
            address, log);
        try
        {
            while (!await ServiceProcesses.IsReadyAsync(child._http, cancel))
            {
                if (!child._process.IsAlive || clock.Elapsed > ReadyLimit) throw child.Failed("does not get ready");
                await Task.Delay(50, cancel);
            }
            child.ReadyAfter = clock.Elapsed;
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public async Task<ChildStatus> StatusAsync(CancellationToken cancel)
    {
        if (!_process.IsAlive) throw Failed("ended by itself");
        return await _http.GetFromJsonAsync<ChildStatus>("/status", cancel) ?? throw Failed("has no status");
    }

    /// <summary>A figure that it answers with.</summary>
    public async Task<long> AskAsync(HttpMethod method, string path, CancellationToken cancel)
    {
        using var answer = await _http.SendAsync(new HttpRequestMessage(method, path), cancel);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<long>(cancel);
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await _process.StopAsync(StopPatience);
        _http.Dispose();
    }

    private CommandFailed Failed(string what) =>
        new(ExitCode.Failed, $"The process {_process.Role} {what}. The end of its log ({_log}):\n{LastLines}");
}

/// <summary>The part of /status that both arms have.</summary>
/// <param name="Stages">of the lanes only</param>
/// <param name="Lanes">of the lanes only</param>
/// <param name="SettingsVersion">of the lanes only</param>
public sealed record ChildStatus(
    ChildTotals Totals, ProcessStatus Process, IReadOnlyDictionary<string, StageSummary>? Stages = null, IReadOnlyList<ChildLane>? Lanes = null, long? SettingsVersion = null);

public sealed record ChildLane(int Lane, LaneReopening Reopened);

/// <summary>Since the start.</summary>
/// <param name="Committed">actions</param>
/// <param name="Commits">transactions</param>
/// <param name="Retried">commits tried again: a conflict, or the server was away</param>
/// <param name="Parked">actions given up on, kept</param>
public sealed record ChildTotals(long Committed, long Commits, long Retried, long Parked);
