using Npgsql;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Cli.Demo;

/// <summary>A box of the demo's own with everything running in it, and the ways into it.</summary>
internal sealed class DemoStage : IAsyncDisposable
{
    public const string KeptName = "demo";
    public const int Processors = 2;

    private readonly IAsyncDisposable? _owner;
    private readonly IDisposable? _lock;
    private readonly NpgsqlDataSource _data;
    private readonly HttpClient _http;

    private DemoStage(Box box, ServiceProcesses services, IAsyncDisposable? owner, IDisposable? held)
    {
        (Box, Services, _owner, _lock) = (box, services, owner, held);
        Connections = Connections.Of(box);
        _data = BoxEnvironment.Options(box, "demo").DataSource("books", maxPool: 4, idleInTransaction: null);
        _http = new HttpClient { BaseAddress = Connections.Ingress, Timeout = TimeSpan.FromSeconds(60) };
        Door = new EngineDoor(_http, Connections.TokenKey, new FactReader(_data));
    }

    public Box Box { get; }
    public ServiceProcesses Services { get; }
    public Connections Connections { get; }

    public EngineDoor Door { get; }

    /// <param name="keep">runs on after the command, under the name "demo"; an earlier kept one is replaced</param>
    public static async Task<DemoStage> UpAsync(bool keep, CancellationToken cancel)
    {
        if (!keep)
        {
            var thrownAway = await ThrowAwayBox.CreateAsync(KeptName);
            try
            {
                return new DemoStage(thrownAway.Box, await BoxLife.StartAsync(thrownAway.Box, Processors, cancel), thrownAway, null);
            }
            catch
            {
                await thrownAway.DisposeAsync();
                throw;
            }
        }
        var held = await Box.LockAsync(KeptName, cancel);
        try
        {
            if (Box.TryLoad(KeptName) is { } earlier) await BoxLife.StopAsync(earlier, deleteData: true);
            var box = Box.Create(KeptName);
            return new DemoStage(box, await BoxLife.StartAsync(box, Processors, cancel), null, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>For people: which processors run.</summary>
    public string ProcessorStates => string.Join(", ", Enumerable.Range(1, Processors)
        .Select(ServiceProcesses.Processor)
        .Select(instance => $"{instance} {(Services.Find(instance).Process.IsAlive ? "up" : "DEAD")}"));

    /// <summary>kill -9 of the processor that decides the hunt; returns once another one goes on with it.</summary>
    /// <returns>number of the killed one</returns>
    public async Task<int> KillDeciderAsync(string hunt, DemoScreen screen, CancellationToken cancel)
    {
        var before = await Door.Facts.VersionAsync(hunt, cancel);
        var victim = 0;
        await foreach (var last in Door.Facts.ReadAsync(hunt, before - 1, cancel))
            victim = Enumerable.Range(1, Processors).First(number => ServiceProcesses.Processor(number) == last.Fact.Stamp!.Processor);
        await Services.KillProcessorAsync(victim);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        screen.Say($"kill -9 {ServiceProcesses.Processor(victim)}, which was deciding this hunt");
        var heir = await DecidedByAnotherAsync(hunt, before, ServiceProcesses.Processor(victim), cancel);
        screen.Say($"    {heir} goes on with it; its first decision was stored {clock.Elapsed.TotalSeconds:0.0} s after the kill");
        return victim;
    }

    private async Task<string> DecidedByAnotherAsync(string hunt, long after, string than, CancellationToken cancel)
    {
        for (; ; await Task.Delay(20, cancel))
        {
            await foreach (var fact in Door.Facts.ReadAsync(hunt, after, cancel))
            {
                after = fact.Version;
                if (fact.Fact.Stamp!.Processor is var processor && processor != than) return processor;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _data.DisposeAsync();
        if (_owner is not null) await _owner.DisposeAsync();
        _lock?.Dispose();
    }
}
