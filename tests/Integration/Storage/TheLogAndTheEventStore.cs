using System.Text.Json;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using Marten;
using Npgsql;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Processors.Parked;
using TreasureHunt.Processors.Storage;
using TreasureHunt.Processors.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Unit.Golden;

namespace TreasureHunt.Tests.Integration.Storage;

/// <summary>
/// The contract between our append and the event store whose tables it writes: what one has written the other reads, folds
/// and goes on from. A new version of the event store has to pass here before it is taken.
/// </summary>
public sealed class TheLogAndTheEventStore(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private NpgsqlDataSource _data = null!;
    private HuntLog _log = null!;

    public async Task InitializeAsync()
    {
        var options = servers.Options("storage");
        await HuntStore.MigrateAsync(options, default);
        _data = options.DataSource("test", maxPool: 8, idleInTransaction: null);
        _log = new HuntLog(_data);
    }

    public async Task DisposeAsync() => await _data.DisposeAsync();

    [Fact]
    public async Task Rows_are_the_ones_the_event_store_writes_itself()
    {
        await _log.CommitAsync(Batch(("ours", 0, StoredFacts.All)), default);
        await using (var store = Store())
        await using (var session = store.LightweightSession())
        {
            session.Events.Append(FactReader.StreamKey("theirs"), StoredFacts.All.Count, StoredFacts.All.Cast<object>());
            await session.SaveChangesAsync();
        }

        Assert.Equal(await EventRowsAsync("theirs"), await EventRowsAsync("ours"));
        Assert.Equal(await StreamRowAsync("theirs"), await StreamRowAsync("ours"));
        Assert.Equal(StoredFacts.All.Count, (await EventRowsAsync("ours")).Count);
    }

    [Fact]
    public async Task Either_goes_on_where_the_other_stopped()
    {
        HuntFact[] first = [.. StoredFacts.All.Take(3)], second = [.. StoredFacts.All.Skip(3).Take(4)], third = [.. StoredFacts.All.Skip(7)];
        await _log.CommitAsync(Batch(("relay", 0, first)), default);
        await using var store = Store();
        await using (var session = store.LightweightSession())
        {
            session.Events.Append(FactReader.StreamKey("relay"), first.Length + second.Length, second.Cast<object>());
            await session.SaveChangesAsync();
        }
        await _log.CommitAsync(Batch(("relay", first.Length + second.Length, third)), default);

        await using var reading = store.QuerySession();
        var read = await reading.Events.FetchStreamAsync(FactReader.StreamKey("relay"));
        Assert.Equal(StoredFacts.All.Select(Json), read.Select(stored => Json((HuntFact)stored.Data)));
        Assert.Equal(Enumerable.Range(1, StoredFacts.All.Count).Select(version => (long)version), read.Select(stored => stored.Version));
        Assert.Equal(read.Select(stored => stored.Sequence).Order(), read.Select(stored => stored.Sequence));
        var own = new List<string>();
        await foreach (var fact in new FactReader(_data).ReadAsync("relay", 0)) own.Add(Json(fact.Fact));
        Assert.Equal(StoredFacts.All.Select(Json), own);
    }

    [Fact]
    public async Task The_event_stores_daemon_folds_what_we_appended()
    {
        await _log.CommitAsync(Batch(("folded-a", 0, StoredFacts.All), ("folded-b", 0, StoredFacts.All)), default);
        await using var store = Store(options => AnalysisStore.Configure(options));
        using var daemon = await store.BuildProjectionDaemonAsync();
        await daemon.StartAllAsync();
        await daemon.WaitForNonStaleData(TimeSpan.FromSeconds(30));
        Assert.Equal(
            StoredFacts.All.Select(fact => FactTypes.Of(fact).Name),
            await ColumnAsync<string>("select fact from analysis.actions where hunt = 'folded-b' order by version"));
    }

    [Fact]
    public async Task A_batch_that_expects_another_version_is_refused_whole()
    {
        await _log.CommitAsync(Batch(("moved", 0, StoredFacts.All)), default);
        var stale = Batch(("untouched", 0, [StoredFacts.All[1]]), ("moved", 2, [StoredFacts.All[1]]));
        stale.TeamNames.Add(("untouched", "reds", "The Reds"));
        stale.Parked.Add(new ParkedRow(Guid.CreateVersion7(), DateTimeOffset.UnixEpoch, "lane-0", "untouched", null, "test", "sealed"));

        await Assert.ThrowsAsync<FencedException>(() => _log.CommitAsync(stale, default));
        Assert.Equal(0, await new FactReader(_data).VersionAsync("untouched"));
        Assert.Equal(StoredFacts.All.Count, await new FactReader(_data).VersionAsync("moved"));
        Assert.Equal([0L], await ColumnAsync<long>("select count(*) from hunts.team_names where hunt = 'untouched'"));
        Assert.Equal([0L], await ColumnAsync<long>("select count(*) from hunts.parked where hunt = 'untouched'"));

        await Assert.ThrowsAsync<FencedException>(() => _log.CommitAsync(Batch(("missing", 4, [StoredFacts.All[1]])), default));
        await Assert.ThrowsAsync<FencedException>(() => _log.CommitAsync(Batch(("moved", 0, [StoredFacts.All[1]])), default));
    }

    [Fact]
    public async Task Migrating_again_leaves_the_tables_as_they_are()
    {
        const string constraints = "select conname::text from pg_constraint where conrelid = 'hunts.mt_events'::regclass order by 1";
        var before = await ColumnAsync<string>(constraints);
        await HuntStore.MigrateAsync(servers.Options("storage"), default);
        Assert.Equal(before, await ColumnAsync<string>(constraints));
        Assert.DoesNotContain("fkey_mt_events_stream_id", before);
    }

    [Fact]
    public async Task An_event_id_is_stored_once()
    {
        var id = Guid.CreateVersion7();
        var once = new BatchWrites();
        once.Hunts.Add(new HuntWrites("once", 0, [(id, StoredFacts.All[1])]));
        await _log.CommitAsync(once, default);
        var twice = new BatchWrites();
        twice.Hunts.Add(new HuntWrites("once", 1, [(id, StoredFacts.All[1])]));
        await Assert.ThrowsAsync<FencedException>(() => _log.CommitAsync(twice, default));
        Assert.Equal(1, await new FactReader(_data).VersionAsync("once"));
    }

    [Fact]
    public async Task A_stream_whose_first_append_the_event_store_refused_can_still_begin()
    {
        await ExecuteAsync("insert into hunts.mt_streams (id, version) values ('hunt/refused', 0)");
        await _log.CommitAsync(Batch(("refused", 0, [StoredFacts.All[0]])), default);
        Assert.Equal(1, await new FactReader(_data).VersionAsync("refused"));
    }

    [Fact]
    public async Task Of_two_writers_at_the_same_version_one_commits_and_one_is_refused()
    {
        await _log.CommitAsync(Batch(("race-a", 0, [StoredFacts.All[0]]), ("race-b", 0, [StoredFacts.All[0]])), default);
        for (var version = 1; version <= 50; version++)
        {
            // in opposite orders, as a writer that lost its lane and its heir may do
            var commits = await Task.WhenAll(
                TryAsync(Batch(("race-a", version, [StoredFacts.All[1]]), ("race-b", version, [StoredFacts.All[1]]))),
                TryAsync(Batch(("race-b", version, [StoredFacts.All[1]]), ("race-a", version, [StoredFacts.All[1]]))));
            Assert.Single(commits, committed => committed);
        }
        Assert.Equal(51, await new FactReader(_data).VersionAsync("race-a"));
        Assert.Equal([51L, 51L], await ColumnAsync<long>("select count(*) from hunts.mt_events where stream_id like 'hunt/race-%' group by stream_id"));
    }

    private async Task<bool> TryAsync(BatchWrites writes)
    {
        try
        {
            await _log.CommitAsync(writes, default);
            return true;
        }
        catch (Exception refused) when (refused is FencedException or PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected })
        {
            return false;
        }
    }

    private static BatchWrites Batch(params (string Hunt, long Before, IReadOnlyList<HuntFact> Facts)[] hunts)
    {
        var writes = new BatchWrites();
        foreach (var (hunt, before, facts) in hunts)
            writes.Hunts.Add(new HuntWrites(hunt, before, [.. facts.Select(fact => (Guid.CreateVersion7(), fact))]));
        return writes;
    }

    private static string Json(HuntFact fact) => JsonSerializer.Serialize(fact, Wire.Default.HuntFact);

    private DocumentStore Store(Action<StoreOptions>? more = null) => DocumentStore.For(options =>
    {
        HuntStore.Configure(options, _data);
        more?.Invoke(options);
    });

    /// <summary>Whole rows, columns we do not know of included; without what differs by nature.</summary>
    private Task<List<string>> EventRowsAsync(string hunt) => ColumnAsync<string>(
        $"select (to_jsonb(e) - array['seq_id', 'id', 'stream_id', 'timestamp'])::text from hunts.mt_events e where stream_id = 'hunt/{hunt}' order by version");

    private Task<List<string>> StreamRowAsync(string hunt) => ColumnAsync<string>(
        $"select (to_jsonb(s) - array['id', 'timestamp', 'created'])::text from hunts.mt_streams s where id = 'hunt/{hunt}'");

    private async Task<List<T>> ColumnAsync<T>(string sql)
    {
        await using var command = _data.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await rows.ReadAsync()) values.Add(rows.GetFieldValue<T>(0));
        return values;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
