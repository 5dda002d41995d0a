using System.Text.Json.Nodes;
using Marten;
using Npgsql;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Processors.Storage;
using TreasureHunt.Processors.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.Tests.Unit.Golden;

namespace TreasureHunt.Tests.Integration.Views;

/// <summary>analysis.actions, folded by the daemon and made anew: the same rows, each with what its fact says.</summary>
public sealed class TheAnalystsTables(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private const string Rows = "select to_jsonb(row)::text from analysis.actions as row order by seq_id";

    private NpgsqlDataSource _data = null!;
    private HuntLog _log = null!;

    public async Task InitializeAsync()
    {
        var options = servers.Options("views");
        await HuntStore.MigrateAsync(options, default);
        _data = options.DataSource("test", maxPool: 12, idleInTransaction: null);
        _log = new HuntLog(_data);
        await ExecuteAsync("truncate hunts.mt_events, hunts.mt_streams, analysis.actions; delete from hunts.mt_event_progression");
    }

    public async Task DisposeAsync() => await _data.DisposeAsync();

    [Fact]
    public async Task Every_fact_has_its_row_and_a_rebuild_makes_the_same_ones()
    {
        await AppendAsync("all-facts", 0, StoredFacts.All);
        await FoldAsync();
        var folded = await ColumnAsync(Rows);

        Assert.Equal(StoredFacts.All.Select(fact => FactTypes.Of(fact).Name), folded.Select(row => (string)JsonNode.Parse(row)!["fact"]!));
        foreach (var (row, fact) in folded.Zip(StoredFacts.All)) AssertSays(JsonNode.Parse(row)!.AsObject(), fact);
        await ExecuteAsync("delete from analysis.actions where version % 3 = 0; update analysis.actions set team = 'nobody'");
        Assert.NotEqual(folded, await ColumnAsync(Rows));

        Assert.Equal(folded.Count, await ActionsTable.RebuildAsync(_data, default));
        Assert.Equal(folded, await ColumnAsync(Rows));
        Assert.Equal(["actions_by_hunt", "actions_pkey"], await ColumnAsync("select indexname::text from pg_indexes where schemaname = 'analysis' order by 1"));
    }

    /// <param name="atOnce">events in a transaction: all, or a few, so that a range is folded in parts</param>
    [Theory]
    [InlineData(ActionsTable.MaxAtOnce)]
    [InlineData(7)]
    public async Task Rebuilt_while_the_daemon_folds_and_actions_are_stored_no_row_is_missing_and_none_is_there_twice(int atOnce)
    {
        await AppendAsync("before", 0, StoredFacts.All);
        await FoldAsync(); // a daemon that has never folded leaves nothing to rebuild
        using var store = Store(atOnce);
        using var daemon = await store.BuildProjectionDaemonAsync();
        await daemon.StartAllAsync();
        var appending = Task.Run(async () =>
        {
            for (var i = 0; i < 150; i++) await AppendAsync("busy", i * StoredFacts.All.Count, StoredFacts.All);
        });
        var rebuilds = 0;
        while (!appending.IsCompleted)
        {
            await ActionsTable.RebuildAsync(_data, default);
            rebuilds++;
        }
        await appending;
        await daemon.WaitForNonStaleData(TimeSpan.FromSeconds(60));

        Assert.True(rebuilds > 1, $"Only {rebuilds} rebuilds: the test has shown nothing.");
        Assert.Equal(
            await ColumnAsync("select seq_id || ' ' || version from hunts.mt_events where stream_id like 'hunt/%' order by seq_id"),
            await ColumnAsync("select seq_id || ' ' || version from analysis.actions order by seq_id"));
        Assert.Equal(await ColumnAsync("select max(seq_id)::text from hunts.mt_events"), await ColumnAsync($"select last_seq_id::text from hunts.mt_event_progression where name = '{AnalysisStore.Shard}'"));
    }

    /// <summary>By the fact's own members, not by its JSON, from which the row was made.</summary>
    private static void AssertSays(JsonObject row, HuntFact fact)
    {
        var (team, treasure, hint) = fact switch
        {
            TeamRegistered f => (f.Team, null, null),
            TeamJoined f => (f.Team, null, null),
            TreasureFound f => (f.Team, f.Treasure, null),
            AnswerWrong f => (f.Team, f.Treasure, null),
            AnswerNear f => (f.Team, f.Treasure, null),
            AnswerRepeated f => (f.Team, f.Treasure, null),
            HintTaken f => (f.Team, f.Treasure, f.Hint),
            ActionRefused f => (f.Team, f.Treasure, f.Hint),
            _ => ((string?)null, (string?)null, (string?)null),
        };
        Assert.Equal((team, treasure, hint), ((string?)row["team"], (string?)row["treasure"], (string?)row["hint"]));
        Assert.Equal(fact is ActionRefused refused ? RefusalCodeConverter.NameOf(refused.Code) : null, (string?)row["refusal"]);
        Assert.Equal(fact is TreasureFound first ? first.Ordinal : null, (int?)row["ordinal"]);
        Assert.Equal(fact is TreasureFound found ? (found.Points, found.Bonus) : (null, null), ((int?)row["points"], (int?)row["bonus"]));
        Assert.Equal(fact switch { AnswerWrong f => f.Penalty, HintTaken f => f.Cost, _ => (int?)null }, (int?)row["cost"]);
        Assert.Equal(fact switch { TreasureFound f => f.GuessMac, AnswerWrong f => f.GuessMac, AnswerNear f => f.GuessMac, AnswerRepeated f => f.GuessMac, _ => null }, (string?)row["guess_mac"]);

        var stamp = fact.Stamp!;
        Assert.Equal("all-facts", (string?)row["hunt"]);
        Assert.Equal(stamp.At, DateTimeOffset.Parse((string)row["at"]!, null));
        Assert.Equal((stamp.Actor, stamp.Ingress, stamp.Processor), ((string?)row["actor"], (string?)row["ingress"], (string?)row["processor"]));
        Assert.Equal((stamp.ActionId, stamp.SettingsVersion, stamp.DefinitionVersion), (Guid.Parse((string)row["action_id"]!), (long)row["settings_version"]!, (int)row["definition_version"]!));
    }

    private async Task AppendAsync(string hunt, long before, IEnumerable<HuntFact> facts)
    {
        var writes = new BatchWrites();
        writes.Hunts.Add(new HuntWrites(hunt, before, [.. facts.Select(fact => (Guid.CreateVersion7(), fact))]));
        await _log.CommitAsync(writes, default);
    }

    private async Task FoldAsync()
    {
        using var store = Store();
        using var daemon = await store.BuildProjectionDaemonAsync();
        await daemon.StartAllAsync();
        await daemon.WaitForNonStaleData(TimeSpan.FromSeconds(30));
        await daemon.StopAllAsync();
    }

    private DocumentStore Store(int atOnce = ActionsTable.MaxAtOnce) => DocumentStore.For(options =>
    {
        HuntStore.Configure(options, _data);
        AnalysisStore.Configure(options, atOnce);
    });

    private async Task<List<string>> ColumnAsync(string sql)
    {
        await using var command = _data.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await rows.ReadAsync()) values.Add(rows.GetString(0));
        return values;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
