using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Processors.Views;

namespace TreasureHunt.Tests.Benchmarks.Arms;

/// <summary>A copy of the seeded database, for one run of one arm. Gone when the run is over.</summary>
public sealed class ArmDatabase : IAsyncDisposable
{
    /// <summary>The event store fills the sequence numbers of a refused commit with events of its own, in a stream of its own. They are no actions.</summary>
    public const string NoTombstone = "stream_id <> 'mt_tombstone'";

    /// <summary>Counting, copying and dropping take their time when there is much.</summary>
    private const int PatienceSeconds = 600;

    private readonly NpgsqlDataSource _server;
    private readonly string _name;
    private readonly bool _stays;

    private ArmDatabase(NpgsqlDataSource server, string name, string connectionString, bool stays = false)
    {
        (_server, _name, ConnectionString, _stays) = (server, name, connectionString, stays);
        Data = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "bench", MaxPoolSize = 4 }.ConnectionString);
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource Data { get; }

    /// <param name="server">connected to another database of the server</param>
    /// <param name="serverConnection">the same as a string: a data source does not give its password away</param>
    /// <param name="template">database to copy; nobody may be connected to it</param>
    public static async Task<ArmDatabase> CreateAsync(
        NpgsqlDataSource server, string serverConnection, string name, string? template, CancellationToken cancel)
    {
        await ExecuteAsync(server, $"create database {name}" + (template is null ? "" : $" template {template}"), cancel);
        return new ArmDatabase(server, name, new NpgsqlConnectionStringBuilder(serverConnection) { Database = name }.ConnectionString);
    }

    /// <summary>The same database for one arm of several: it is still there when that arm has ended.</summary>
    public ArmDatabase Lend() => new(_server, _name, ConnectionString, stays: true);

    /// <summary>Events stored after the seed; counting them costs the server something.</summary>
    public Task<long> EventsAsync(long seed, CancellationToken cancel) =>
        ScalarAsync($"select count(*) from hunts.mt_events where seq_id > $1 and {NoTombstone}", seed, cancel);

    /// <summary>Not less than <see cref="EventsAsync"/>, and free: sequence numbers given out since the seed, those of refused commits among them.</summary>
    public Task<long> EventsAtMostAsync(long seed, CancellationToken cancel) =>
        ScalarAsync("select last_value - $1 from hunts.mt_events_sequence", seed, cancel);

    /// <summary>Sequence number of the last event.</summary>
    public Task<long> LastEventAsync(CancellationToken cancel) => ScalarAsync("select coalesce(max(seq_id), $1) from hunts.mt_events", 0, cancel);

    /// <summary>Events the daemon has not yet folded into the analysts' tables; 0 where no daemon runs.</summary>
    public Task<long> ViewsBehindAsync(CancellationToken cancel) => ScalarAsync(
        $"select coalesce((select (select max(seq_id) from hunts.mt_events) - last_seq_id - $1 from hunts.mt_event_progression where name = '{AnalysisStore.Shard}'), 0)",
        0, cancel);

    /// <summary>Sequence number up to which the daemon has folded the analysts' tables; 0: it has not begun.</summary>
    public Task<long> FoldedToAsync(CancellationToken cancel) =>
        ScalarAsync($"select coalesce((select last_seq_id from hunts.mt_event_progression where name = '{AnalysisStore.Shard}'), 0) + $1", 0, cancel);

    /// <summary>Rows of the analysts' table: one for each event folded.</summary>
    public Task<long> ViewRowsAsync(CancellationToken cancel) => ScalarAsync("select count(*) + $1 from analysis.actions", 0, cancel);

    /// <summary>Of the whole database, on disk.</summary>
    public Task<long> BytesAsync(CancellationToken cancel) => ScalarAsync("select pg_database_size(current_database()) + $1", 0, cancel);

    /// <summary>Actions the engine gave up on and kept.</summary>
    public Task<long> ParkedAsync(CancellationToken cancel) => ScalarAsync("select count(*) + $1 from hunts.parked", 0, cancel);

    /// <summary>Bytes of write-ahead log since the server was made.</summary>
    public Task<long> WalBytesAsync(CancellationToken cancel) =>
        ScalarAsync("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint + $1", 0, cancel);

    /// <summary>Flushes of the log to the disk since the server was made; null: this PostgreSQL does not count them there (18 and later).</summary>
    public async Task<long?> WalSyncsAsync(CancellationToken cancel) =>
        await ScalarAsync("select coalesce((select (to_jsonb(pg_stat_wal) ->> 'wal_sync')::bigint from pg_stat_wal), -1) + $1", 0, cancel) is var syncs and >= 0 ? syncs : null;

    /// <summary>Where the server's owner did not give us the right, its own checkpoints must do.</summary>
    public async Task CheckpointAsync(CancellationToken cancel)
    {
        try
        {
            await ExecuteAsync(Data, "checkpoint", cancel);
        }
        catch (PostgresException no) when (no.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // measured all the same, a little less evenly
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Data.DisposeAsync();
        if (_stays) return;
        await ExecuteAsync(_server, $"drop database if exists {_name} with (force)", CancellationToken.None);
    }

    public static async Task ExecuteAsync(NpgsqlDataSource data, string sql, CancellationToken cancel)
    {
        await using var command = data.CreateCommand(sql);
        command.CommandTimeout = PatienceSeconds;
        await command.ExecuteNonQueryAsync(cancel);
    }

    private async Task<long> ScalarAsync(string sql, long argument, CancellationToken cancel)
    {
        await using var command = Data.CreateCommand(sql);
        command.CommandTimeout = PatienceSeconds;
        command.Parameters.AddWithValue(NpgsqlDbType.Bigint, argument);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }
}
