using JasperFx;
using JasperFx.Events;
using Marten;
using Npgsql;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using Weasel.Core;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>How the settings' own store is set up: the streams of the changes and of the proposals, those of the receipts with the latest of each beside them, a schema of its own.</summary>
public static class SettingsStore
{
    public const string Schema = "settings";

    /// <summary>Held while migrating, so that two boxes on one database do not race.</summary>
    private const long MigrationLock = 0x53455454; // "SETT"

    /// <summary>Held by whoever takes receipts in, to the end of the transaction.</summary>
    public const long ReceiptsLock = 0x52454350; // "RECP"

    public static DocumentStore Open(NpgsqlDataSource data, AutoCreate create = AutoCreate.None) => DocumentStore.For(options =>
    {
        options.Connection(data);
        options.DatabaseSchemaName = Schema;
        options.AutoCreateSchemaObjects = create;
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase, json => Wire.Teach(json));
        options.Events.DatabaseSchemaName = Schema;
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        options.Events.UseAdvisoryLockTransaction = true; // the lock library cannot multiplex; docs/adr/0004
        options.ConfigurePolly(_ => { }); // tries again by nobody's leave but store.attempts (docs/adr/0008)
        options.ConfigureWritePolly(_ => { });
        options.Events.MapEventType<SettingsChange>(SettingsChange.StoredName);
        options.Events.MapEventType<SettingsReceipt>(SettingsReceipt.StoredName);
        options.Events.MapEventType<SettingsConverged>(SettingsConverged.StoredName);
        options.Schema.For<LatestReceipt>().Identity(latest => latest.Instance).DocumentAlias("latest_receipt");
        options.Events.MapEventType<ChangeProposed>(ChangeProposed.StoredName);
        options.Events.MapEventType<ProposalApproved>(ProposalApproved.StoredName);
        options.Events.MapEventType<ProposalWithdrawn>(ProposalWithdrawn.StoredName);
        options.Events.MapEventType<ProposalApplied>(ProposalApplied.StoredName);
        options.Events.MapEventType<ProposalRefused>(ProposalRefused.StoredName);
    });

    /// <summary>The one migrate step of this schema.</summary>
    public static async Task MigrateAsync(HuntOptions options, CancellationToken cancel)
    {
        await using var data = options.DataSource("migrate-settings", maxPool: 3, idleInTransaction: null);
        await using var guard = await data.OpenConnectionAsync(cancel);
        await using (var take = new NpgsqlCommand($"select pg_advisory_lock({MigrationLock})", guard)) await take.ExecuteNonQueryAsync(cancel);
        await using (var store = Open(data, AutoCreate.CreateOrUpdate))
            await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
        await using var release = new NpgsqlCommand($"select pg_advisory_unlock({MigrationLock})", guard);
        await release.ExecuteNonQueryAsync(cancel);
    }
}
