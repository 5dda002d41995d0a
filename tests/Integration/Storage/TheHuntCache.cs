using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Unit.Golden;

namespace TreasureHunt.Tests.Integration.Storage;

/// <summary>Hunts in memory: the ones that are played.</summary>
public sealed class TheHuntCache(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private NpgsqlDataSource _data = null!;
    private Checkpoints _checkpoints = null!;
    private HuntCache _cache = null!;

    public async Task InitializeAsync()
    {
        var options = servers.Options("cache");
        await HuntStore.MigrateAsync(options, default);
        _data = options.DataSource("test", maxPool: 4, idleInTransaction: null);
        _checkpoints = new Checkpoints(_data, NullLogger.Instance);
        _cache = new HuntCache(new FactReader(_data), _checkpoints, new Seal(options.SealKeyId, options.SealKey), _time);
    }

    public async Task DisposeAsync() => await _data.DisposeAsync();

    [Fact]
    public async Task A_hunt_nobody_plays_is_let_go_and_read_again_when_somebody_does()
    {
        await StoreAsync("idle", 0, StoredFacts.All[1]);
        var idle = await _cache.GetAsync("idle", default);
        var played = await _cache.GetAsync("played", default);

        _time.Advance(HuntCache.MaxIdle / 2);
        Assert.Same(played, await _cache.GetAsync("played", default));
        _cache.LetGoOfIdle();
        Assert.Equal(2, _cache.Count);

        _time.Advance(HuntCache.MaxIdle / 2 + TimeSpan.FromSeconds(1));
        _cache.LetGoOfIdle();
        Assert.Same(played, Assert.Single(_cache.All));

        var again = await _cache.GetAsync("idle", default);
        Assert.NotSame(idle, again);
        Assert.Equal(1, again.Hunt.Version);
    }

    [Fact]
    public async Task Hunts_of_a_lane_that_comes_back_are_kept_and_what_others_wrote_meanwhile_is_read_after_them()
    {
        await StoreAsync("still", 0, new HuntOpened { Stamp = Stamped(1) });
        await StoreAsync("moved", 0, new HuntOpened { Stamp = Stamped(2) });
        var (still, moved, empty) = (await _cache.GetAsync("still", default), await _cache.GetAsync("moved", default), await _cache.GetAsync("empty", default));
        await StoreAsync("moved", 1, new HuntPaused { Stamp = Stamped(3) }, new HuntResumed { Stamp = Stamped(4) });
        Assert.Equal(1, moved.Hunt.Version);

        _cache.Doubt();
        Assert.Same(still, await _cache.GetAsync("still", default));
        Assert.Same(empty, await _cache.GetAsync("empty", default));
        var now = await _cache.GetAsync("moved", default);
        Assert.Same(moved.Hunt, now.Hunt);
        Assert.Equal(3, now.Hunt.Version);
        Assert.True(now.Hunt.Recent.TryGet(ActionIds.EventId("moved", "ann", Stamped(4).ActionId), out _));
    }

    [Fact]
    public async Task A_hunt_the_store_knows_less_of_than_memory_is_read_from_its_beginning()
    {
        await StoreAsync("back", 0, new HuntOpened { Stamp = Stamped(5) });
        var ahead = await _cache.GetAsync("back", default);
        ahead.Hunt.Evolve(2, new HuntPaused { Stamp = Stamped(6) });

        _cache.Doubt();
        Assert.Equal(1, (await _cache.GetAsync("back", default)).Hunt.Version);
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_no_reason_to_stand_still_the_whole_stream_is_folded_and_the_next_one_replaces_it()
    {
        await StoreAsync("damaged", 0, new HuntOpened { Stamp = Stamped(8) }, new HuntPaused { Stamp = Stamped(9) });
        var whole = await _cache.GetAsync("damaged", default);
        await _checkpoints.WriteAsync(Checkpoints.Take(whole.Hunt), default);
        Assert.Equal(2, (await _checkpoints.ReadAsync("damaged", default))!.Version);
        await using (var damage = _data.CreateCommand("update hunts.checkpoints set state = set_byte(state, length(state) - 1, get_byte(state, length(state) - 1) # 1) where hunt = 'damaged'"))
            Assert.Equal(1, await damage.ExecuteNonQueryAsync());
        _cache.Clear();

        var again = await _cache.GetAsync("damaged", default);
        Assert.Equal((2, 0), (again.Hunt.Version, again.CheckpointVersion));

        again.Hunt.Evolve(3, new HuntResumed { Stamp = Stamped(10) });
        await _checkpoints.WriteAsync(Checkpoints.Take(again.Hunt), default);
        Assert.Equal(3, (await _checkpoints.ReadAsync("damaged", default))!.Version);
    }

    [Fact]
    public async Task States_of_hunts_are_stored_as_they_are_for_they_do_not_compress()
    {
        await using var storage = _data.CreateCommand("select attstorage from pg_attribute where attrelid = 'hunts.checkpoints'::regclass and attname = 'state'");
        Assert.Equal('e', await storage.ExecuteScalarAsync());
    }

    [Fact]
    public async Task What_others_wrote_counts_whole_a_definition_whose_answers_cannot_be_opened_halts_the_hunt()
    {
        await StoreAsync("published", 0, new HuntOpened { Stamp = Stamped(7) });
        Assert.Null((await _cache.GetAsync("published", default)).Halted);
        await StoreAsync("published", 1, StoredFacts.All[0]); // sealed under another key

        _cache.Doubt();
        Assert.NotNull((await _cache.GetAsync("published", default)).Halted);
    }

    private static Stamp Stamped(int action) => StoredFacts.All[1].Stamp! with { ActionId = new Guid($"01900000-0000-7000-8000-{action:d12}") };

    private async Task StoreAsync(string hunt, long before, params HuntFact[] facts)
    {
        var writes = new BatchWrites();
        writes.Hunts.Add(new HuntWrites(hunt, before, [.. facts.Select(fact => (Guid.CreateVersion7(), fact))]));
        await new HuntLog(_data).CommitAsync(writes, default);
    }
}
