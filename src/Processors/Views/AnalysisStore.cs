using JasperFx.Events.Daemon;
using Marten;
using Npgsql;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Processors.Views;

/// <summary>
/// The daemon's own store: same events, its own connections (no idle-in-transaction limit: its leader lock is a
/// transaction), nothing skipped. One processor leads, the others stand by.
/// </summary>
public interface IAnalysisStore : IDocumentStore;

public static class AnalysisStore
{
    public const string Shard = $"{ActionsTable.Progress}:All";

    /// <summary>What is to be folded is folded at once, also when the daemon was away for long: some 10 million events in a minute.</summary>
    private static readonly TimeSpan FoldLimit = TimeSpan.FromHours(1);

    public static void AddAnalysisStore(this IServiceCollection services, NpgsqlDataSource data) =>
        services.AddMartenStore<IAnalysisStore>(options =>
        {
            HuntStore.Configure(options, data);
            Configure(options);
        }).AddAsyncDaemon(DaemonMode.HotCold);

    public static void Configure(StoreOptions options)
    {
        options.Projections.Subscribe(new ActionsTable());
        options.CommandTimeout = (int)FoldLimit.TotalSeconds;
        options.Projections.Errors.SkipApplyErrors = false;
        options.Projections.Errors.SkipSerializationErrors = false;
        options.Projections.Errors.SkipUnknownEvents = false;
        options.Events.UseListenNotifyForEventAppends = false;
    }
}
