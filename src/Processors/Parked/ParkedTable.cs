using Marten;
using Npgsql;
using NpgsqlTypes;

namespace TreasureHunt.Processors.Parked;

/// <summary>One thing the engine could not process.</summary>
/// <param name="Source">lane-3: an action of a lane · envelope: a lane message that could not be read · intake: a partner's message</param>
/// <param name="Body">sealed; for actions of a lane their JSON, whose secrets are sealed inside, sealed once more</param>
public sealed record ParkedRow(Guid Id, DateTimeOffset At, string Source, string? Hunt, Guid? ActionId, string Cause, string Body)
{
    public const int MaxCauseLength = 500;
}

/// <summary>Where parked things are kept until somebody replays or discards them.</summary>
public sealed class ParkedTable(NpgsqlDataSource data)
{
    private const string Columns = "insert into hunts.parked (id, parked_at, source, hunt, action_id, cause, body) values ";

    /// <summary>In the same transaction as the batch.</summary>
    public static void Insert(IDocumentOperations session, ParkedRow row) =>
        session.QueueSqlCommand(
            Columns + "(?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            row.Id, row.At, row.Source, row.Hunt ?? (object)DBNull.Value, row.ActionId ?? (object)DBNull.Value, Cut(row.Cause), row.Body);

    public async Task InsertAsync(ParkedRow row, CancellationToken cancel)
    {
        await using var command = data.CreateCommand(Columns + "($1, $2, $3, $4, $5, $6, $7) on conflict do nothing");
        command.Parameters.AddWithValue(NpgsqlDbType.Uuid, row.Id);
        command.Parameters.AddWithValue(NpgsqlDbType.TimestampTz, row.At.UtcDateTime);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, row.Source);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, row.Hunt ?? (object)DBNull.Value);
        command.Parameters.AddWithValue(NpgsqlDbType.Uuid, row.ActionId ?? (object)DBNull.Value);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, Cut(row.Cause));
        command.Parameters.AddWithValue(NpgsqlDbType.Text, row.Body);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static string Cut(string cause) =>
        cause.Replace("\0", "") is { Length: > ParkedRow.MaxCauseLength } long_ ? long_[..ParkedRow.MaxCauseLength] : cause.Replace("\0", "");
}
