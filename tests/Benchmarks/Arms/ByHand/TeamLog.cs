using System.Collections.Concurrent;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.ByHand;

/// <summary>
/// A team's attempts at a treasure in plain SQL: what they are, and one event more. One statement appends, so one round trip is one transaction; it
/// appends nothing where the stream has moved on. Thread-safe.
/// </summary>
public sealed class TeamLog(NpgsqlDataSource data, TeamState state)
{
    /// <summary>Streams in memory at most; one more and all are read again.</summary>
    private const int MaxKept = 500_000;

    private const string Append =
        """
        with moved as (
            insert into hunts.mt_streams as stream (id, version, timestamp, created, tenant_id) values ($1, $2 + 1, now(), now(), '*DEFAULT*')
                on conflict (id) do update set version = excluded.version, timestamp = now() where stream.version = $2
                returning version)
        insert into hunts.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('hunts.mt_events_sequence'), $3, $1, version, $4, $5, now(), '*DEFAULT*', $6, false from moved
        """;

    private readonly ConcurrentDictionary<string, TeamAttempts> _kept = new(StringComparer.Ordinal);

    public async ValueTask<TeamAttempts> OfAsync(string stream) =>
        state == TeamState.Kept && _kept.TryGetValue(stream, out var kept) ? kept : await ReadAsync(stream);

    /// <returns>false: the stream has moved on since the attempts were read; ask for them again</returns>
    /// <exception cref="PostgresException">the event is stored already, see <see cref="GuessStore.IsStoredAlready"/>, or the store is away</exception>
    public async Task<bool> AppendAsync(string stream, TeamAttempts attempts, OpenGuess guess)
    {
        var (before, fact) = attempts.Judge(guess);
        var type = FactTypes.Of(fact);
        await using var command = data.CreateCommand(Append);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = before });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = guess.EventId });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { NpgsqlDbType = NpgsqlDbType.Jsonb, TypedValue = JsonSerializer.SerializeToUtf8Bytes(fact, type.Json) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = type.Name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"{type.Type.FullName}, {type.Type.Assembly.GetName().Name}" });
        var appended = await command.ExecuteNonQueryAsync() == 1;
        if (!appended) _kept.TryRemove(stream, out _);
        else if (state == TeamState.Kept) attempts.Add(before, fact);
        return appended;
    }

    private async Task<TeamAttempts> ReadAsync(string stream)
    {
        var attempts = new TeamAttempts();
        await using var command = data.CreateCommand("select version, type, data from hunts.mt_events where stream_id = $1 order by version");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) attempts.Add(rows.GetInt64(0) - 1, FactReader.Fact(rows.GetString(1), rows.GetFieldValue<byte[]>(2)));
        if (state == TeamState.Read) return attempts;
        if (_kept.Count >= MaxKept) _kept.Clear();
        return _kept[stream] = attempts;
    }
}

/// <summary>What is known of a stream. Two consumers may hold it at once: the store lets one of them append. Thread-safe.</summary>
public sealed class TeamAttempts
{
    private readonly Attempts _attempts = new();
    private readonly Lock _lock = new();
    private long _version;

    /// <summary>The decision, and the version it was made on: the append expects that one.</summary>
    public (long Version, HuntFact Fact) Judge(OpenGuess guess)
    {
        lock (_lock) return (_version, guess.Judge(_attempts));
    }

    /// <summary>Folds the fact that follows the version; later than that it is known already.</summary>
    public void Add(long before, HuntFact fact)
    {
        lock (_lock)
        {
            if (_version != before) return;
            _attempts.Fold(fact);
            _version++;
        }
    }
}
