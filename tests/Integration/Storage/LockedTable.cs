using Npgsql;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration.Storage;

/// <summary>A store that does not answer: somebody holds a table until this is disposed of.</summary>
internal sealed class LockedTable(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    /// <param name="mode">access exclusive: against reads too; share row exclusive: against writes</param>
    public static async Task<LockedTable> LockAsync(HuntOptions options, string table, string mode)
    {
        var connection = new NpgsqlConnection(options.Postgres);
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"lock table {table} in {mode} mode", connection, transaction);
        await command.ExecuteNonQueryAsync();
        return new LockedTable(connection, transaction);
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
