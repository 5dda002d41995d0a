using System.Text.Json.Serialization.Metadata;
using JasperFx;
using JasperFx.Events.Projections;
using Marten;
using Marten.Services.Json;
using Npgsql;
using TreasureHunt.Contracts;
using TreasureHunt.Processors.Storage;
using Weasel.Core;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>Treasure is the narrowest stream a guess can be decided on; Team is what one would draw first.</summary>
public enum StreamPer { Team, Treasure }

/// <summary>Live folds the stream's events for every message; Inline keeps a document beside them, written in the same transaction.</summary>
public enum Aggregate { Live, Inline }

/// <summary>The store of the rivals: our options, plus the aggregate.</summary>
public static class GuessStore
{
    private const string EventIdIndex = "idx_mt_events_event_id";

    public static DocumentStore Create(NpgsqlDataSource data, Aggregate aggregate) => DocumentStore.For(options => Configure(options, data, aggregate));

    /// <summary>The document's table and the event store's. <see cref="HuntStore.MigrateAsync"/> follows. It stays empty in the lanes' databases.</summary>
    public static async Task MigrateAsync(NpgsqlDataSource data)
    {
        await using var store = DocumentStore.For(options =>
        {
            Configure(options, data, Aggregate.Inline);
            options.AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate;
        });
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
    }

    /// <summary>The event is in the store already: it was delivered again after its commit.</summary>
    public static bool IsStoredAlready(Exception e) => (e as PostgresException ?? e.InnerException as PostgresException)?.ConstraintName == EventIdIndex;

    private static void Configure(StoreOptions options, NpgsqlDataSource data, Aggregate aggregate)
    {
        HuntStore.Configure(options, data);
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase, json =>
            Wire.Teach(json).TypeInfoResolverChain.Add(new DefaultJsonTypeInfoResolver())); // for the aggregate, which is not one of our contracts
        if (aggregate == Aggregate.Inline) options.Projections.Snapshot<Attempts>(SnapshotLifecycle.Inline);
        else options.Projections.LiveStreamAggregation<Attempts>();
    }
}
