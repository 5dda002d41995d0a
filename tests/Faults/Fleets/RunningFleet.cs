using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Servers;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.Tests.Faults.Clients;

namespace TreasureHunt.Tests.Faults.Fleets;

/// <summary>The services as real processes on real servers, with their clients' book.</summary>
public sealed class RunningFleet : IAsyncDisposable
{
    private static readonly TimeSpan StandbyLimit = TimeSpan.FromSeconds(60);
    private static int _fleets;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private RunningFleet(Box box)
    {
        Box = box;
        Services = new ServiceProcesses(box);
        Options = BoxEnvironment.Options(box, "faults");
        Data = NpgsqlDataSource.Create(Options.Postgres);
    }

    public Box Box { get; }
    public ServiceProcesses Services { get; }
    public HuntOptions Options { get; }
    public NpgsqlDataSource Data { get; }
    public TimeProvider Clock => TimeProvider.System;

    /// <param name="servers">used as they are; their database and virtual host are this fleet's own</param>
    public static async Task<RunningFleet> StartAsync(ProvisionedServers servers, int processors = 2)
    {
        var box = Box.Create($"faults-{Environment.ProcessId}-{Interlocked.Increment(ref _fleets)}", lanes: 8);
        box.Servers = servers;
        box.Save();
        return await StartAsync(box, processors);
    }

    /// <param name="box">its servers run</param>
    public static async Task<RunningFleet> StartAsync(Box box, int processors)
    {
        var fleet = new RunningFleet(box);
        try
        {
            await HuntStore.MigrateAsync(fleet.Options, default);
            await SettingsStore.MigrateAsync(fleet.Options, default);
            await fleet.Services.StartAllAsync(processors, default);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Box.Services) service.Process.Continue();
        await BoxLife.StopAsync(Box, deleteData: Environment.GetEnvironmentVariable("HUNT_FAULTS_KEEP") is null); // servers of its own, too
        await Data.DisposeAsync();
        _http.Dispose();
    }

    public IngressClient Client(ClientLedger ledger) => new(Services.Find(ServiceProcesses.Ingress).Address, Options.TokenKey, ledger, Clock);

    public ConfigClient Config() => new(Services.Find(ServiceProcesses.Config).Address, Options.TokenKey, Clock);

    public LaneMail Mail(ClientLedger ledger) => new(Options, ledger, Clock);

    /// <summary>One hunt on each lane, published.</summary>
    public async Task<IReadOnlyList<string>> PublishAsync(string word, IngressClient client)
    {
        var hunts = LoadHunt.OnePerLane(word, Options.Lanes);
        await Task.WhenAll(hunts.Select(hunt => client.PublishAsync(LoadHunt.Definition(hunt, Clock.GetUtcNow()))));
        return hunts;
    }

    /// <summary>What a processor says of itself; null: it does not answer.</summary>
    public async Task<ProcessorStatus?> StatusAsync(int processor)
    {
        try
        {
            return await _http.GetFromJsonAsync<ProcessorStatus>(new Uri(Services.Find(ServiceProcesses.Processor(processor)).Address, "/status"));
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or OperationCanceledException or JsonException) // bare, when a connection is gone before the client looks at it
        {
            return null;
        }
    }

    /// <summary>Waits until both processors are subscribed to every lane, so that the next fault finds a standby.</summary>
    public async Task StandbyAsync()
    {
        for (var began = Clock.GetTimestamp(); ; await Task.Delay(100))
        {
            var all = await Task.WhenAll(StatusAsync(1), StatusAsync(2));
            if (Array.TrueForAll(all, one => one?.Lanes.Count(lane => lane.Subscribed) == Options.Lanes)) return;
            Assert.True(Clock.GetElapsedTime(began) < StandbyLimit, $"Not all lanes are subscribed to by both processors after {StandbyLimit}: " + string.Join("; ", all.Select(one =>
                one is null ? "no answer" : $"{one.Instance} lacks {string.Join(", ", one.Lanes.Where(lane => !lane.Subscribed).Select(lane => lane.Lane))}")) + ".");
        }
    }

    /// <summary>The processor that has more of the lanes now, and the other one.</summary>
    public async Task<(ProcessorStatus Busy, int Number, int Other)> BusyAsync()
    {
        var all = await Task.WhenAll(StatusAsync(1), StatusAsync(2));
        return all[0]?.ActiveLanes >= (all[1]?.ActiveLanes ?? 0) ? (all[0]!, 1, 2) : (all[1]!, 2, 1);
    }

    /// <summary>Events in the store, of all hunts.</summary>
    public async Task<long> EventsAsync()
    {
        await using var count = Data.CreateCommand("select count(*) from hunts.mt_events");
        return (long)(await count.ExecuteScalarAsync())!;
    }

    /// <summary>Lane messages that could not even be read, parked from a source such as lane-3.</summary>
    public async Task<long> ParkedAsync(string source)
    {
        await using var count = Data.CreateCommand("select count(*) from hunts.parked where source = $1 and action_id is null");
        count.Parameters.AddWithValue(source);
        return (long)(await count.ExecuteScalarAsync())!;
    }

    public async Task UntilParkedAsync(string source, long count, TimeSpan limit)
    {
        for (var began = Clock.GetTimestamp(); await ParkedAsync(source) is var parked && parked < count; await Task.Delay(50))
            Assert.True(Clock.GetElapsedTime(began) < limit, $"{parked} instead of {count} messages of {source} are parked after {limit}.");
    }

    /// <summary>Waits until every accepted action is an event or a parked row. What is missing after the limit, the checker names.</summary>
    public async Task<TimeSpan> StoredAsync(ClientLedger ledger, TimeSpan limit)
    {
        var began = Clock.GetTimestamp();
        var accepted = ledger.Entries.Where(entry => entry.AcceptedAt is not null).ToList();
        while (Clock.GetElapsedTime(began) < limit)
        {
            await using var count = Data.CreateCommand(
                "select (select count(*) from hunts.mt_events where id = any($1)) + (select count(distinct action_id) from hunts.parked p where action_id = any($2) "
                + "and not exists (select from hunts.mt_events e where e.data -> 'stamp' ->> 'actionId' = p.action_id::text))");
            count.Parameters.AddWithValue(accepted.Select(entry => entry.EventId).ToArray());
            count.Parameters.AddWithValue(accepted.Select(entry => entry.Action.ActionId).ToArray());
            if ((long)(await count.ExecuteScalarAsync())! >= accepted.Count) break;
            await Task.Delay(100);
        }
        return Clock.GetElapsedTime(began);
    }
}

/// <summary>/status of a processor.</summary>
public sealed record ProcessorStatus(string Instance, long SettingsVersion, IReadOnlyList<LaneStatus> Lanes, LaneTotals Totals)
{
    public int ActiveLanes => Lanes.Count(lane => lane.Active);
}

public sealed record LaneStatus(int Lane, bool Subscribed, bool Active, int EnvelopesInHand);

/// <summary>Since the process started.</summary>
public sealed record LaneTotals(long Committed, long Commits, long Retried, long Repeated, long Parked);
