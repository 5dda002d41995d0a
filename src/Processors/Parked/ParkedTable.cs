using Npgsql;
using NpgsqlTypes;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Parked;

/// <summary>One thing the engine could not process.</summary>
/// <param name="Source">lane-3: an action of a lane · envelope: a lane message that could not be read · intake: a partner's message</param>
/// <param name="Body">sealed; for actions of a lane their JSON, whose secrets are sealed inside, sealed once more</param>
public sealed record ParkedRow(Guid Id, DateTimeOffset At, string Source, string? Hunt, Guid? ActionId, string Cause, string Body)
{
    public const int MaxCauseLength = 500;
}

/// <summary>Where parked things are kept until somebody replays or discards them.</summary>
/// <param name="calls">null: straight</param>
public sealed class ParkedTable(NpgsqlDataSource data, StoreCalls? calls = null)
{
    private readonly StoreCalls _calls = calls ?? StoreCalls.Straight;

    private const string Statement =
        "insert into hunts.parked (id, parked_at, source, hunt, action_id, cause, body) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing";

    /// <summary>To be run in the same transaction as the batch.</summary>
    public static NpgsqlBatchCommand Insert(ParkedRow row)
    {
        var command = new NpgsqlBatchCommand(Statement);
        Bind(command.Parameters, row);
        return command;
    }

    public async Task InsertAsync(ParkedRow row, CancellationToken cancel)
    {
        await using var command = data.CreateCommand(Statement);
        Bind(command.Parameters, row);
        await _calls.RepeatableAsync(static async (command, attempt) => await command.ExecuteNonQueryAsync(attempt), command, cancel);
    }

    private static void Bind(NpgsqlParameterCollection parameters, ParkedRow row)
    {
        parameters.AddWithValue(NpgsqlDbType.Uuid, row.Id);
        parameters.AddWithValue(NpgsqlDbType.TimestampTz, row.At.UtcDateTime);
        parameters.AddWithValue(NpgsqlDbType.Text, row.Source);
        parameters.AddWithValue(NpgsqlDbType.Text, row.Hunt ?? (object)DBNull.Value);
        parameters.AddWithValue(NpgsqlDbType.Uuid, row.ActionId ?? (object)DBNull.Value);
        parameters.AddWithValue(NpgsqlDbType.Text, Cut(row.Cause));
        parameters.AddWithValue(NpgsqlDbType.Text, row.Body);
    }

    private static string Cut(string cause) =>
        cause.Replace("\0", "") is { Length: > ParkedRow.MaxCauseLength } long_ ? long_[..ParkedRow.MaxCauseLength] : cause.Replace("\0", "");
}
