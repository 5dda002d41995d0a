using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>A processor that follows a ConfigService, under load; every action it was ever given is counted at the end.</summary>
public sealed class LoadedArm : IAsyncDisposable
{
    private const int Seed = 20261123;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly BenchServers _servers;
    private readonly LanesArm _arm;
    private readonly ActionSource _source;
    private readonly List<AcceptedAction> _sent = [];
    private readonly TimeProvider _time;

    private LoadedArm(BenchServers servers, LanesArm arm, ConfigProcess config, DateTimeOffset listStart, TimeProvider time)
    {
        (_servers, _arm, Config, _time) = (servers, arm, config, time);
        _source = new ActionSource(400, Seed, listStart, servers.Seal);
    }

    public ConfigProcess Config { get; }

    public ArmDatabase Database => _arm.Database;

    public static async Task<LoadedArm> StartAsync(BenchServers servers, int warmUp, DateTimeOffset listStart, TimeProvider time, CancellationToken cancel)
    {
        var database = await servers.CopyAsync(cancel);
        var config = await ConfigProcess.StartAsync(servers, database, cancel);
        var arm = new LoadedArm(servers, await LanesArm.StartAsync(servers, database, config.Address, cancel), config, listStart, time);
        await config.InStepAsync(2, cancel);
        await arm.ClosedAsync(warmUp, cancel);
        await arm.ClosedAsync(warmUp, cancel);
        return arm;
    }

    /// <summary>Actions as fast as they go; per second, published to stored, and what each cost in microseconds of one core.</summary>
    public async Task<(double PerSecond, double CpuMicros)> ClosedAsync(int count, CancellationToken cancel)
    {
        var actions = Take(count);
        await _arm.Database.CheckpointAsync(cancel);
        GC.Collect();
        await Task.Delay(Rest, _time, cancel);
        var workers = Workers.Of(_servers, _arm);
        var before = await Reading.TakeAsync(_arm, workers, cancel);
        var times = await ClosedLoop.RunAsync(_arm, actions, _servers.SeedEvents, _sent.Count - count, _time, cancel);
        return (times.PerSecond, Cost.Between(before, await Reading.TakeAsync(_arm, workers, cancel), count).Total);
    }

    /// <summary>Actions on a schedule; milliseconds from the scheduled time to the outcome's return.</summary>
    public Task<OpenLoopResult> OpenAsync(double rate, TimeSpan length, CancellationToken cancel) =>
        OpenLoop.RunAsync(_arm, Take((int)(rate * length.TotalSeconds)), Arrivals.Even(rate), _time, cancel);

    /// <summary>Processor time that every process has used so far, the operator's being the load generator's.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Cpu()
    {
        var workers = Workers.Of(_servers, _arm);
        return new Dictionary<string, TimeSpan>
        {
            ["ConfigService"] = ProcessTree.Cpu(Config.Pid),
            ["processor"] = ProcessTree.Cpu(workers.Processor),
            ["PostgreSQL"] = workers.Postgres is { } postgres ? ProcessTree.Cpu(postgres) : TimeSpan.Zero,
            ["broker"] = workers.Broker is { } broker ? ProcessTree.Cpu(broker) : TimeSpan.Zero,
            ["operator"] = ProcessTree.OwnCpu(Environment.ProcessId),
        };
    }

    public Task<SettingsChanged> SetAsync(string key, SettingValue value, CancellationToken cancel) =>
        Config.Operator.ChangeAsync(new ChangeSettings(new Dictionary<string, SettingValue?> { [key] = value }, "benchmark"), null, cancel);

    /// <summary>How often each lane was re-opened, and how long it took last.</summary>
    public async Task<IReadOnlyList<ChildLane>> LanesAsync(CancellationToken cancel) => (await _arm.Process.StatusAsync(cancel)).Lanes!;

    /// <exception cref="CommandFailed">an action was lost, doubled or put out of order: the part has no figures</exception>
    public async Task<Conservation> CheckAsync(CancellationToken cancel)
    {
        var books = await Conservation.CheckAsync(_arm, _sent, _servers.SeedEvents, cancel);
        return books.Holds ? books : throw new CommandFailed(ExitCode.Failed, $"NOT CONSERVED: {books}");
    }

    public async ValueTask DisposeAsync()
    {
        // The service before the arm, for the arm's end drops the database.
        await Config.DisposeAsync();
        await _arm.DisposeAsync();
    }

    private AcceptedAction[] Take(int count)
    {
        var taken = _source.Take(count);
        _sent.AddRange(taken);
        return taken;
    }
}
