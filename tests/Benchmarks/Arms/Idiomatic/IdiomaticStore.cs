using System.Text.Json.Serialization.Metadata;
using JasperFx;
using JasperFx.Events.Projections;
using Marten;
using Marten.Services.Json;
using Npgsql;
using TreasureHunt.Contracts;
using TreasureHunt.Processors.Storage;
using Weasel.Core;

namespace TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

/// <summary>The store of the idiomatic arm: our options, plus the aggregate.</summary>
public static class IdiomaticStore
{
    public static DocumentStore Create(NpgsqlDataSource data, Aggregate aggregate) => DocumentStore.For(options => Configure(options, data, aggregate));

    /// <summary>The document's table, beside what <see cref="HuntStore.MigrateAsync"/> made. It stays empty in the lanes' databases.</summary>
    public static async Task MigrateAsync(NpgsqlDataSource data)
    {
        await using var store = DocumentStore.For(options =>
        {
            Configure(options, data, Aggregate.Inline);
            options.AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate;
        });
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
    }

    public static string StreamKey(StreamPer stream, string hunt, string team, string treasure) => stream switch
    {
        StreamPer.Team => $"team/{hunt}/{team}",
        _ => $"team/{hunt}/{team}/{treasure}",
    };

    private static void Configure(StoreOptions options, NpgsqlDataSource data, Aggregate aggregate)
    {
        HuntStore.Configure(options, data);
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase, json =>
            Wire.Teach(json).TypeInfoResolverChain.Add(new DefaultJsonTypeInfoResolver())); // for the aggregate, which is not one of our contracts
        if (aggregate == Aggregate.Inline) options.Projections.Snapshot<Attempts>(SnapshotLifecycle.Inline);
        else options.Projections.LiveStreamAggregation<Attempts>();
    }
}
