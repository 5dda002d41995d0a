using System.Reflection;
using JasperFx;
using JasperFx.Events;
using Marten;
using Marten.Services.Json;
using Npgsql;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;
using Weasel.Core;

namespace TreasureHunt.Processors.Storage;

/// <summary>How the event store is set up: one stream per hunt, named events, no schema change while running.</summary>
public static class HuntStore
{
    /// <summary>Held while tables are made or made anew, so that two boxes on one database do not race.</summary>
    public const long TablesLock = 0x48554e54; // "HUNT"

    /// <summary>Ten million events are folded anew in less; a command waits for 120 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    /// <summary>Raise it when <see cref="Configure"/> asks for other tables.</summary>
    private const int Configured = 1;

    public static void Configure(StoreOptions options, NpgsqlDataSource data)
    {
        options.Connection(data);
        options.DatabaseSchemaName = FactReader.Schema;
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase, json => Wire.Teach(json));

        options.Events.DatabaseSchemaName = FactReader.Schema;
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        options.Events.EnableUniqueIndexOnEventId = true; // the last net under the dedupe
        options.Events.UseAdvisoryLockTransaction = true; // the lock library cannot multiplex; docs/adr/0004

        foreach (var fact in FactTypes.All) options.Events.MapEventType(fact.Type, fact.Name);
    }

    /// <summary>
    /// The one migrate step: Marten's tables, ours, and the lane count, fixed at first provisioning.
    /// </summary>
    /// <param name="patience">how long another migrate or a rebuild is waited for; null: <see cref="Patience"/></param>
    /// <exception cref="InvalidOperationException">the database was provisioned with another lane count; or patience ended</exception>
    public static async Task MigrateAsync(HuntOptions options, CancellationToken cancel, TimeSpan? patience = null)
    {
        await using var data = options.DataSource("migrate", maxPool: 5, idleInTransaction: null);
        await using var guard = await data.OpenConnectionAsync(cancel);
        await LockTablesAsync(guard, patience ?? Patience, cancel);

        var version = $"{typeof(DocumentStore).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion} {Configured}";
        if (await StoreVersionAsync(guard, cancel) != version) await MigrateStoreAsync(data);

        await ExecuteAsync(guard, Script("schema.sql"), cancel);
        await ExecuteAsync(guard, "insert into hunts.store_version (version) values ($1) on conflict (one) do update set version = excluded.version", cancel, version);
        await ExecuteAsync(guard, "insert into hunts.fleet (lanes) values ($1) on conflict (one) do nothing", cancel, options.Lanes);
        await RequireLaneCountAsync(data, options.Lanes, cancel);
        await ExecuteAsync(guard, $"select pg_advisory_unlock({TablesLock})", cancel);
    }

    private static async Task LockTablesAsync(NpgsqlConnection guard, TimeSpan patience, CancellationToken cancel)
    {
        try
        {
            await ExecuteAsync(guard, $"set lock_timeout = {(long)patience.TotalMilliseconds}; select pg_advisory_lock({TablesLock}); reset lock_timeout", cancel);
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new InvalidOperationException($"The tables have been somebody else's for {patience.TotalSeconds:0.#} s (hunt views rebuild, or another hunt migrate). Try again when that is over.", busy);
        }
    }

    /// <summary>The event store's own tables. Comparing them takes a second, and it would want back the constraint that we drop.</summary>
    private static async Task MigrateStoreAsync(NpgsqlDataSource data)
    {
        await using var store = DocumentStore.For(marten =>
        {
            Configure(marten, data);
            Views.AnalysisStore.Configure(marten);
            marten.AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate;
            marten.Projections.AsyncMode = JasperFx.Events.Daemon.DaemonMode.ExternallyManaged; // else it complains on standard output
        });
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
    }

    /// <returns>null: there are no tables yet</returns>
    private static async Task<string?> StoreVersionAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var known = new NpgsqlCommand("select to_regclass('hunts.store_version') is not null", connection);
        if (await known.ExecuteScalarAsync(cancel) is not true) return null;
        await using var version = new NpgsqlCommand("select version from hunts.store_version", connection);
        return (string?)await version.ExecuteScalarAsync(cancel);
    }

    /// <summary>null: not provisioned</summary>
    public static async Task<int?> LaneCountAsync(HuntOptions options, CancellationToken cancel)
    {
        await using var data = options.DataSource("lanes", maxPool: 1, idleInTransaction: null);
        await using var known = data.CreateCommand("select to_regclass('hunts.fleet') is not null");
        if (await known.ExecuteScalarAsync(cancel) is not true) return null;
        await using var lanes = data.CreateCommand("select lanes from hunts.fleet");
        return (int?)await lanes.ExecuteScalarAsync(cancel);
    }

    /// <summary>Lane count decides which queue a hunt's order lives in: a process with another count must not start.</summary>
    public static async Task RequireLaneCountAsync(NpgsqlDataSource data, int lanes, CancellationToken cancel)
    {
        await using var command = data.CreateCommand("select lanes from hunts.fleet");
        var provisioned = (int?)await command.ExecuteScalarAsync(cancel)
            ?? throw new InvalidOperationException("The database is not provisioned. Run `hunt up`, or `hunt migrate` on your own servers.");
        if (provisioned != lanes)
            throw new InvalidOperationException(
                $"The database was provisioned with {provisioned} lanes, this process was told {lanes}. Set Hunt__Lanes={provisioned}.");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static string Script(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"TreasureHunt.Processors.Storage.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
