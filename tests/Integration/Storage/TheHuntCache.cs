using Microsoft.Extensions.Time.Testing;
using Npgsql;
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
    private HuntCache _cache = null!;

    public async Task InitializeAsync()
    {
        var options = servers.Options("cache");
        await HuntStore.MigrateAsync(options, default);
        _data = options.DataSource("test", maxPool: 4, idleInTransaction: null);
        _cache = new HuntCache(new FactReader(_data), new Checkpoints(_data), new Seal(options.SealKeyId, options.SealKey), _time);
    }

    public async Task DisposeAsync() => await _data.DisposeAsync();

    [Fact]
    public async Task A_hunt_nobody_plays_is_let_go_and_read_again_when_somebody_does()
    {
        var writes = new BatchWrites();
        writes.Hunts.Add(new HuntWrites("idle", 0, [(Guid.CreateVersion7(), StoredFacts.All[1])]));
        await new HuntLog(_data).CommitAsync(writes, default);
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
}
