using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Claims.Lookups;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Settings;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>The central place an arm gets its settings from, and what befalls it.</summary>
public abstract class Central : IAsyncDisposable
{
    public const int SlowMs = 50;

    public const double FailShare = 0.01;

    /// <summary>What the processor of the arm is told.</summary>
    public abstract IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Of its own process; 0: it has none beside those of every arm.</summary>
    public virtual TimeSpan Cpu => TimeSpan.Zero;

    public virtual long ResidentBytes => 0;

    public abstract Task GoAwayAsync(CancellationToken cancel);

    public abstract Task ComeBackAsync(CancellationToken cancel);

    /// <param name="number">of the change, from 0</param>
    public abstract Task ChangeAsync(int number, CancellationToken cancel);

    public abstract ValueTask DisposeAsync();

    public static async Task<Central> OfAsync(BenchServers servers, ArmDatabase database, string arm, string condition, CancellationToken cancel) => arm switch
    {
        ClaimsPlan.StorePerAction => await StoreCentral.StartAsync(servers, database, condition, cancel),
        ClaimsPlan.Ours or ClaimsPlan.OursAgain => await EngineCentral.StartAsync(servers, database, arm, condition, cancel),
        ClaimsPlan.Constants => new NoCentral(),
        _ => await ServiceCentral.StartAsync(servers, database, arm, condition, cancel),
    };

    protected static IReadOnlyDictionary<string, string> Told(Source source, params KeyValuePair<string, string>[] more) =>
        new Dictionary<string, string>(more) { [ClaimsHost.Variable] = JsonSerializer.Serialize(source) };

    /// <summary>Values that cost no throughput by themselves.</summary>
    protected static int BatchCap(int number) => number % 2 == 0 ? 1000 : 1024;

    protected static Faults FaultsOf(string condition) => new(condition == ClaimsPlan.Slow ? SlowMs : 0, condition == ClaimsPlan.Failing ? FailShare : 0);
}

/// <summary>Z: there is none.</summary>
public sealed class NoCentral : Central
{
    public override IReadOnlyDictionary<string, string> Variables { get; } = Told(new Source(ClaimsPlan.Constants));

    public override Task GoAwayAsync(CancellationToken cancel) => Task.CompletedTask;

    public override Task ComeBackAsync(CancellationToken cancel) => Task.CompletedTask;

    public override Task ChangeAsync(int number, CancellationToken cancel) => Task.CompletedTask;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A0: a table in a database of its own on the server that also stores the events. Slow and failing are written into the statement.</summary>
public sealed class StoreCentral : Central
{
    private readonly ArmDatabase _settings, _events;
    private readonly string _name;

    private StoreCentral(ArmDatabase settings, ArmDatabase events, string condition)
    {
        (_settings, _events) = (settings, events);
        _name = new NpgsqlConnectionStringBuilder(settings.ConnectionString).Database!;
        Variables = Told(new Source(ClaimsPlan.StorePerAction, settings.ConnectionString, condition switch
        {
            ClaimsPlan.Slow => $"select version, value from central, pg_sleep({SlowMs} / 1000.0) where key = $1",
            ClaimsPlan.Failing => FormattableString.Invariant($"select version, value from central where key = $1 and 1 / (case when random() < {FailShare} then 0 else 1 end) = 1"),
            _ => "select version, value from central where key = $1",
        }));
    }

    public override IReadOnlyDictionary<string, string> Variables { get; }

    public static async Task<StoreCentral> StartAsync(BenchServers servers, ArmDatabase events, string condition, CancellationToken cancel)
    {
        var settings = await servers.CopyAsync(cancel);
        await ArmDatabase.ExecuteAsync(settings.Data, "create table central (key text primary key, version bigint not null, value int not null)", cancel);
        await ArmDatabase.ExecuteAsync(settings.Data, "insert into central values ('lane.batchCap', 1, 1024)", cancel);
        return new StoreCentral(settings, events, condition);
    }

    public override async Task GoAwayAsync(CancellationToken cancel)
    {
        await ArmDatabase.ExecuteAsync(_events.Data, $"alter database {_name} allow_connections false", cancel);
        await ArmDatabase.ExecuteAsync(_events.Data, $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{_name}'", cancel);
    }

    public override Task ComeBackAsync(CancellationToken cancel) => ArmDatabase.ExecuteAsync(_events.Data, $"alter database {_name} allow_connections true", cancel);

    public override Task ChangeAsync(int number, CancellationToken cancel) =>
        ArmDatabase.ExecuteAsync(_settings.Data, $"update central set version = version + 1, value = {BatchCap(number)}", cancel);

    public override ValueTask DisposeAsync() => _settings.DisposeAsync();
}

/// <summary>A1 to A3: <see cref="CentralConfigHost"/> in a process of its own.</summary>
public sealed class ServiceCentral : Central
{
    private readonly BenchServers _servers;
    private readonly ArmDatabase _database;
    private readonly string _condition;
    private ChildProcess _process;

    private ServiceCentral(BenchServers servers, ArmDatabase database, string arm, string condition, ChildProcess process)
    {
        (_servers, _database, _condition, _process) = (servers, database, condition, process);
        Variables = Told(new Source(arm, process.Address.AbsoluteUri));
    }

    public override IReadOnlyDictionary<string, string> Variables { get; }

    public override TimeSpan Cpu => ProcessTree.OwnCpu(_process.Pid);

    public override long ResidentBytes => ProcessTree.ResidentBytes(_process.Pid);

    public static async Task<ServiceCentral> StartAsync(BenchServers servers, ArmDatabase database, string arm, string condition, CancellationToken cancel) =>
        new(servers, database, arm, condition, await StartAsync(servers, database, condition, relayTo: null, at: null, cancel));

    /// <param name="relayTo">null: it answers itself</param>
    public static async Task<ChildProcess> StartAsync(BenchServers servers, ArmDatabase database, string condition, Uri? relayTo, Uri? at, CancellationToken cancel)
    {
        var process = await ChildProcess.StartAsync(
            servers.Box, "central", database.ConnectionString, views: false, ["TreasureHunt.Tests.Benchmarks.dll", CentralConfigHost.Argument],
            relayTo is null ? [] : [new(CentralConfigHost.RelayVariable, relayTo.AbsoluteUri)], cancel, at);
        using var http = new HttpClient { BaseAddress = process.Address };
        using var told = await http.PutAsJsonAsync(CentralConfigHost.FaultsPath, FaultsOf(condition), FaultsJson.Default.Faults, cancel);
        told.EnsureSuccessStatusCode();
        return process;
    }

    public override Task GoAwayAsync(CancellationToken cancel) => _process.KillAsync();

    public override async Task ComeBackAsync(CancellationToken cancel)
    {
        var address = _process.Address;
        await _process.DisposeAsync();
        _process = await StartAsync(_servers, _database, _condition, relayTo: null, address, cancel);
    }

    public override async Task ChangeAsync(int number, CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = _process.Address };
        using var told = await http.PutAsJsonAsync(ServiceLookup.Path, new CentralValue(0, BatchCap(number)), CentralJson.Default.CentralValue, cancel);
        told.EnsureSuccessStatusCode();
    }

    public override ValueTask DisposeAsync() => _process.DisposeAsync();
}

/// <summary>B: the engine's own ConfigService. Where it is slow or failing, a relay that is so stands between it and the processor.</summary>
public sealed class EngineCentral : Central
{
    private readonly ConfigProcess _config;
    private readonly ChildProcess? _relay;

    private EngineCentral(ConfigProcess config, ChildProcess? relay, string arm)
    {
        (_config, _relay) = (config, relay);
        Variables = Told(new Source(arm), new KeyValuePair<string, string>("Hunt__ConfigService", (relay?.Address ?? config.Address).AbsoluteUri));
    }

    public override IReadOnlyDictionary<string, string> Variables { get; }

    public override TimeSpan Cpu => ProcessTree.OwnCpu(_config.Pid);

    public override long ResidentBytes => ProcessTree.ResidentBytes(_config.Pid);

    public static async Task<EngineCentral> StartAsync(BenchServers servers, ArmDatabase database, string arm, string condition, CancellationToken cancel)
    {
        var config = await ConfigProcess.StartAsync(servers, database, cancel);
        var relay = condition is ClaimsPlan.Slow or ClaimsPlan.Failing
            ? await ServiceCentral.StartAsync(servers, database, condition, config.Address, at: null, cancel)
            : null;
        return new EngineCentral(config, relay, arm);
    }

    public override Task GoAwayAsync(CancellationToken cancel) => _config.KillAsync();

    public override Task ComeBackAsync(CancellationToken cancel) => _config.StartAgainAsync(cancel);

    public override Task ChangeAsync(int number, CancellationToken cancel) => _config.Operator.ChangeAsync(
        new ChangeSettings(new Dictionary<string, SettingValue?> { ["lane.batchCap"] = SettingValue.Of(BatchCap(number)) }, "benchmark"), null, cancel);

    public override async ValueTask DisposeAsync()
    {
        if (_relay is not null) await _relay.DisposeAsync();
        await _config.DisposeAsync();
    }
}
