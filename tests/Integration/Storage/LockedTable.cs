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

    /// <summary>Until so many sessions of this database wait for what others hold; fails after 30 s.</summary>
    public static async Task WaitedForAsync(HuntOptions options, int sessions)
    {
        await using var connection = new NpgsqlConnection(options.Postgres);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'", connection);
        for (var i = 0; (long)(await command.ExecuteScalarAsync())! < sessions; i++)
        {
            Assert.True(i < 3000, $"No {sessions} sessions wait within 30 s.");
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
