using System.Runtime.InteropServices;
using Npgsql;

namespace TreasureHunt.Tests.Benchmarks.Measure;

/// <summary>Where it was measured, and how PostgreSQL was set.</summary>
public sealed record Machine(int Cores, string Runtime, string Postgres, string Broker, IReadOnlyDictionary<string, string> PostgresSettings)
{
    private static readonly string[] Shown =
    [
        "fsync", "synchronous_commit", "full_page_writes", "wal_compression", "max_wal_size", "checkpoint_timeout", "shared_buffers", "autovacuum",
        "max_connections", "commit_delay",
    ];

    public static async Task<Machine> LookAsync(NpgsqlDataSource data, string broker, CancellationToken cancel)
    {
        await using var command = data.CreateCommand("select name, current_setting(name) from pg_settings where name = any ($1) or name = 'server_version' order by name");
        command.Parameters.AddWithValue(Shown);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (await rows.ReadAsync(cancel)) settings[rows.GetString(0)] = rows.GetString(1);
        settings.Remove("server_version", out var version);
        return new Machine(Environment.ProcessorCount, RuntimeInformation.FrameworkDescription, $"PostgreSQL {version}", broker, settings);
    }
}
