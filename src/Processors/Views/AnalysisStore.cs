using JasperFx.Events.Daemon;
using Marten;
using Npgsql;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Processors.Views;

/// <summary>
/// The daemon's own store: same events, its own connections (no idle-in-transaction limit: its leader lock is a
/// transaction). One processor leads, the others stand by.
/// </summary>
public interface IAnalysisStore : IDocumentStore;

public static class AnalysisStore
{
    public const string Shard = $"{ActionsTable.Progress}:All";

    /// <summary>A range waits for a rebuild, and looks through all it has folded in parts before.</summary>
    private static readonly TimeSpan FoldLimit = TimeSpan.FromMinutes(5);

    public static void AddAnalysisStore(this IServiceCollection services, NpgsqlDataSource data) =>
        services.AddMartenStore<IAnalysisStore>(options =>
        {
            HuntStore.Configure(options, data);
            Configure(options);
        }).AddAsyncDaemon(DaemonMode.HotCold);

    /// <param name="eventsAtOnce">folded in one transaction</param>
    public static void Configure(StoreOptions options, int eventsAtOnce = ActionsTable.MaxAtOnce)
    {
        options.Projections.Subscribe(new ActionsTable(eventsAtOnce));
        options.CommandTimeout = (int)FoldLimit.TotalSeconds;
        options.Events.UseListenNotifyForEventAppends = false;
    }
}
