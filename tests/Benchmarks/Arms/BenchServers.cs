using Npgsql;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Arms;

/// <summary>The servers of a run: all arms use the same ones in turn. Every run of an arm gets a copy of one seeded database.</summary>
public sealed class BenchServers : IAsyncDisposable
{
    private readonly NpgsqlDataSource _server;
    private readonly ArmDatabase _seed;
    private readonly string _prefix;
    private int _copies;

    private BenchServers(Box box, NpgsqlDataSource server, ArmQueues queues, ArmDatabase seed, string prefix, Seal seal, bool views, long seedEvents)
    {
        (Box, _server, Queues, _seed, _prefix, Seal, Views, SeedEvents) = (box, server, queues, seed, prefix, seal, views, seedEvents);
    }

    public Box Box { get; }
    public ArmQueues Queues { get; }
    public Seal Seal { get; }

    /// <summary>Do the arms fold the analysts' tables?</summary>
    public bool Views { get; }

    /// <summary>Sequence number of the last event of the seed.</summary>
    public long SeedEvents { get; }

    public static async Task<BenchServers> StartAsync(Box box, BenchSeed what, DateTimeOffset now, CancellationToken cancel)
    {
        await BoxLife.StartServersAsync(box, testVhosts: 0, cancel);
        var connection = box.Servers!.Postgres;
        var queues = await ArmQueues.ConnectAsync(box.Servers.RabbitMq, cancel);
        var server = NpgsqlDataSource.Create(connection);
        var prefix = $"hunt_bench_{box.Id}";
        var seal = new Seal(box.SealKeyId, Convert.FromBase64String(box.SealKey));
        var seed = await ArmDatabase.CreateAsync(server, connection, prefix + "_seed", template: null, cancel);
        try
        {
            var options = BoxEnvironment.Options(box, "bench") with { Postgres = seed.ConnectionString };
            var events = await Screen.StepAsync($"{what.Hunts} hunts, {what.Hunts * what.Teams} teams", () => SeedAsync(seed, options, what, seal, now, cancel));
            return new BenchServers(box, server, queues, seed, prefix, seal, what.Views, events);
        }
        catch
        {
            await seed.DisposeAsync();
            throw;
        }
    }

    public async Task<ArmDatabase> CopyAsync(CancellationToken cancel)
    {
        _seed.Data.Clear(); // nobody may be connected to what is copied
        return await ArmDatabase.CreateAsync(_server, Box.Servers!.Postgres, $"{_prefix}_{++_copies}", _prefix + "_seed", cancel);
    }

    public HuntOptions Options(string instance, ArmDatabase database) => BoxEnvironment.Options(Box, instance) with { Postgres = database.ConnectionString };

    public async ValueTask DisposeAsync()
    {
        await Queues.DisposeAsync();
        await _seed.DisposeAsync();
        await _server.DisposeAsync();
        Seal.Dispose();
    }

    private static async Task<long> SeedAsync(ArmDatabase seed, HuntOptions options, BenchSeed what, Seal seal, DateTimeOffset now, CancellationToken cancel)
    {
        await using (var writer = options.DataSource("seed", maxPool: 2, idleInTransaction: null))
        {
            await GuessStore.MigrateAsync(writer);
            await HuntStore.MigrateAsync(options, cancel); // last: the event store's own migration wants back the constraint that ours drops
            var log = new HuntLog(writer);
            await BenchHunts.SeedAsync(log, what.Hunts, what.Teams, seal, now, cancel);
            if (what.OneHunt) await BenchHunts.SeedOneHuntAsync(log, what.Hunts, what.Teams, seal, now, cancel);
        }
        await ArmDatabase.ExecuteAsync(seed.Data, "vacuum analyze", cancel);
        return await seed.LastEventAsync(cancel);
    }
}
