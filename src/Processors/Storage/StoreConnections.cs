using Npgsql;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Storage;

/// <summary>
/// One pool per purpose. The writer's connections end an idle transaction after 3 s, so that a frozen process does not
/// hold its lanes' streams; the daemon's must not, its leader lock is a long transaction.
/// </summary>
public sealed class StoreConnections(HuntOptions options) : IAsyncDisposable
{
    public NpgsqlDataSource Writer { get; } = options.DataSource("writer", StorePools.Writer, idleInTransaction: TimeSpan.FromSeconds(3));
    public NpgsqlDataSource Reader { get; } = options.DataSource("reader", StorePools.Reader, idleInTransaction: TimeSpan.FromSeconds(3));
    public NpgsqlDataSource Daemon { get; } = options.DataSource("daemon", StorePools.Daemon, idleInTransaction: null);

    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync();
        await Reader.DisposeAsync();
        await Daemon.DisposeAsync();
    }
}
