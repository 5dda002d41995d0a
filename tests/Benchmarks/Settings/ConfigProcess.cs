using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Settings;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.Tests.Benchmarks.Arms;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>The real ConfigService in a process of its own, which can be killed and started again at the same address; and an operator who talks to it.</summary>
public sealed class ConfigProcess : IAsyncDisposable
{
    private const string Instance = "config-1";

    private readonly BenchServers _servers;
    private readonly ArmDatabase _database;
    private ChildProcess _process;

    private ConfigProcess(BenchServers servers, ArmDatabase database, ChildProcess process)
    {
        (_servers, _database, _process) = (servers, database, process);
        OperatorToken = Tokens.Mint(Options("bench").TokenKey, "bench", Tokens.AnyHunt, TimeSpan.FromHours(6), TimeProvider.System, Role.Operator);
        Operator = new SettingsClient(process.Address, OperatorToken);
    }

    public Uri Address => _process.Address;

    public SettingsClient Operator { get; }

    public string OperatorToken { get; }

    public static async Task<ConfigProcess> StartAsync(BenchServers servers, ArmDatabase database, CancellationToken cancel)
    {
        await MigrateAsync(servers, database, cancel);
        return new ConfigProcess(servers, database, await StartAsync(servers, database, at: null, cancel));
    }

    public static Task MigrateAsync(BenchServers servers, ArmDatabase database, CancellationToken cancel) =>
        SettingsStore.MigrateAsync(servers.Options(Instance, database), cancel);

    public bool IsAlive => _process.IsAlive;

    public int Pid => _process.Pid;

    /// <summary>SIGKILL; the address stays its own.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Ends when it is ready.</summary>
    public async Task StartAgainAsync(CancellationToken cancel) => _process = await StartAsync(_servers, _database, Address, cancel);

    /// <summary>As a process of the fleet would be told.</summary>
    public HuntOptions Options(string instance) => _servers.Options(instance, _database) with { ConfigService = _process.Address };

    /// <summary>Until every process that is there works by the latest version.</summary>
    /// <exception cref="CommandFailed">not within a minute</exception>
    public async Task<FleetView> InStepAsync(int instances, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(50, cancel))
        {
            var fleet = await Operator.FleetAsync(cancel);
            var inStep = fleet.Instances.Count(instance => instance.Standing == Standing.InStep);
            if (inStep >= instances) return fleet;
            if (clock.Elapsed > TimeSpan.FromMinutes(1))
                throw new CommandFailed(ExitCode.Failed, $"Only {inStep} of {instances} processes work by version {fleet.Version} after a minute.");
        }
    }

    /// <summary>What became of the versions after one, once all of them are settled.</summary>
    public async Task<IReadOnlyList<SettingsConverged>> SettledAsync(long after, long last, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(100, cancel))
        {
            var settled = await Operator.ConvergenceAsync(1000, cancel);
            if (settled.Versions.Count > 0 && settled.Versions[^1].Version >= last) return [.. settled.Versions.Where(version => version.Version > after && version.Version <= last)];
            if (clock.Elapsed > TimeSpan.FromMinutes(3)) throw new CommandFailed(ExitCode.Failed, $"Version {last} is not settled after three minutes.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Operator.Dispose();
        await _process.DisposeAsync();
        await _servers.Queues.DeleteAsync([SettingsReceipt.Queue, SettingsMessage.Exchange], CancellationToken.None);
    }

    private static Task<ChildProcess> StartAsync(BenchServers servers, ArmDatabase database, Uri? at, CancellationToken cancel) => ChildProcess.StartAsync(
        servers.Box, Instance, database.ConnectionString, views: false, ["TreasureHunt.ConfigService.dll"],
        [new("Hunt__ProbationSeconds", "1")], cancel, at); // it is killed again and again, and that must not count against the settings
}
