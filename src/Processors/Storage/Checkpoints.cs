using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Storage;

/// <summary>
/// A hunt's folded state at a stream version, written from confirmed state only. A checkpoint that is damaged or of another fold version is
/// ignored: the stream is folded from its beginning.
/// </summary>
/// <param name="calls">null: straight</param>
public sealed class Checkpoints(NpgsqlDataSource data, ILogger logger, StoreCalls? calls = null)
{
    private readonly StoreCalls _calls = calls ?? StoreCalls.Straight;

    public async Task<Hunt?> ReadAsync(string hunt, CancellationToken cancel)
    {
        await using var command = data.CreateCommand("select state from hunts.checkpoints where hunt = $1 and fold_version = $2");
        command.Parameters.AddWithValue(NpgsqlDbType.Text, hunt);
        command.Parameters.AddWithValue(NpgsqlDbType.Integer, HuntCheckpoint.FoldVersion);
        if (await _calls.RepeatableAsync(static async (command, attempt) => await command.ExecuteScalarAsync(attempt), command, cancel) is not byte[] state) return null;
        try
        {
            return HuntCheckpoint.Read(hunt, state);
        }
        catch (InvalidDataException e)
        {
            logger.LogWarning("{Error} Its whole stream is folded.", e.Message);
            return null;
        }
    }

    /// <summary>The state as bytes; call it where the hunt is owned. Writing them may happen elsewhere.</summary>
    public static PendingCheckpoint Take(Hunt hunt) => new(hunt.Slug, hunt.Version, HuntCheckpoint.Write(hunt));

    public async Task WriteAsync(PendingCheckpoint checkpoint, CancellationToken cancel)
    {
        await using var command = data.CreateCommand(
            """
            insert into hunts.checkpoints as c (hunt, version, fold_version, state) values ($1, $2, $3, $4)
            on conflict (hunt) do update set version = excluded.version, fold_version = excluded.fold_version, state = excluded.state
            where c.version < excluded.version or c.fold_version <> excluded.fold_version
            """);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, checkpoint.Hunt);
        command.Parameters.AddWithValue(NpgsqlDbType.Bigint, checkpoint.Version);
        command.Parameters.AddWithValue(NpgsqlDbType.Integer, HuntCheckpoint.FoldVersion);
        command.Parameters.AddWithValue(NpgsqlDbType.Bytea, checkpoint.State);
        await _calls.RepeatableAsync(static async (command, attempt) => await command.ExecuteNonQueryAsync(attempt), command, cancel);
    }
}

public sealed record PendingCheckpoint(string Hunt, long Version, ReadOnlyMemory<byte> State);
