namespace TreasureHunt.Cli.Servers;

/// <summary>
/// How every PostgreSQL we start is set, container or process. Durable: fsync and synchronous_commit stay on. Stated with
/// every benchmark.
/// </summary>
public static class PostgresTuning
{
    public static IReadOnlyList<(string Name, string Value)> Settings { get; } =
    [
        ("max_connections", "300"),
        ("shared_buffers", "256MB"),
        ("max_wal_size", "4GB"),
        ("checkpoint_timeout", "15min"),
        ("wal_compression", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
    ];
}
