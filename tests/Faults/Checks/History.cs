using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Tests.Faults.Checks;

/// <summary>An event as it lies in the store.</summary>
/// <param name="Committed">the store's clock in its transaction</param>
public sealed record StoredEvent(Guid Id, string Hunt, long Version, HuntFact Fact, DateTimeOffset Committed = default)
{
    public Stamp Stamp => Fact.Stamp ?? throw new InvalidOperationException($"Event {Id} has no stamp.");
}

/// <summary>A row of the parked table.</summary>
public sealed record ParkedAction(string? Hunt, Guid? ActionId, string Source, string Cause);

/// <summary>All that the store says about some hunts, read in one go by plain SQL.</summary>
/// <param name="Events">in the order of streams and versions</param>
/// <param name="StreamVersions">where the store says each stream stands</param>
public sealed record History(IReadOnlyList<StoredEvent> Events, IReadOnlyDictionary<string, long> StreamVersions, IReadOnlyList<ParkedAction> Parked)
{
    public static async Task<History> ReadAsync(NpgsqlDataSource data, IReadOnlyList<string> hunts)
    {
        await using var connection = await data.OpenConnectionAsync();
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        var keys = hunts.Select(FactReader.StreamKey).ToArray();

        var events = new List<StoredEvent>();
        await using (var rows = await QueryAsync(connection, "select id, stream_id, version, type, data, timestamp from hunts.mt_events where stream_id = any($1) order by stream_id, version", keys))
        {
            while (await rows.ReadAsync())
            {
                events.Add(new StoredEvent(
                    rows.GetGuid(0), FactReader.HuntOf(rows.GetString(1)), rows.GetInt64(2), FactReader.Fact(rows.GetString(3), rows.GetFieldValue<byte[]>(4)),
                    rows.GetFieldValue<DateTimeOffset>(5)));
            }
        }
        var versions = new Dictionary<string, long>();
        await using (var rows = await QueryAsync(connection, "select id, version from hunts.mt_streams where id = any($1)", keys))
        {
            while (await rows.ReadAsync()) versions[FactReader.HuntOf(rows.GetString(0))] = rows.GetInt64(1);
        }
        var parked = new List<ParkedAction>();
        await using (var rows = await QueryAsync(connection, "select hunt, action_id, source, cause from hunts.parked where hunt is null or 'hunt/' || hunt = any($1)", keys))
        {
            while (await rows.ReadAsync())
                parked.Add(new ParkedAction(rows.IsDBNull(0) ? null : rows.GetString(0), rows.IsDBNull(1) ? null : rows.GetGuid(1), rows.GetString(2), rows.GetString(3)));
        }
        return new History(events, versions, parked);
    }

    /// <summary>
    /// The longest time, between two moments, in which nothing was committed on a lane that is played on: the longest of
    /// all lanes, and which it was.
    /// </summary>
    public (TimeSpan Longest, int Lane) LongestSilence(DateTimeOffset from, DateTimeOffset to, int lanes)
    {
        var longest = (Time: TimeSpan.Zero, Lane: -1);
        foreach (var lane in Events.ToLookup(stored => LaneHash.LaneOf(stored.Hunt, lanes)))
        {
            var last = from;
            foreach (var at in lane.Select(stored => stored.Committed).Where(at => at > from && at < to).Order().Append(to))
            {
                if (at - last > longest.Time) longest = (at - last, lane.Key);
                last = at;
            }
        }
        return longest;
    }

    private static Task<NpgsqlDataReader> QueryAsync(NpgsqlConnection connection, string sql, string[] keys)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Text, keys);
        return command.ExecuteReaderAsync();
    }
}
