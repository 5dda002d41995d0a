using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>Facts put into the store by hand, for tests of the ingress alone.</summary>
internal static class Published
{
    public static HuntDefinition Definition(string hunt, Clock clock = Clock.Wall) => new()
    {
        Hunt = hunt,
        Title = "Secrets of the Old Town",
        Clock = clock,
        Window = new Window(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100)),
        Treasures =
        [
            new Treasure
            {
                Id = "clock", Title = "The one-handed clock", Clue = "I show the hour, never the minute.",
                Answer = new AnswerRule(["town hall"]), Value = new ValueRule { Fixed = 100 },
            },
        ],
    };

    public static async Task HuntAsync(string postgres, string hunt, Clock clock = Clock.Wall)
    {
        await using var data = NpgsqlDataSource.Create(postgres);
        await using var schema = data.CreateCommand(
            """
            create schema if not exists hunts;
            create table if not exists hunts.mt_streams (id text primary key, version bigint not null);
            create table if not exists hunts.mt_events (
                id uuid primary key, stream_id text not null, version bigint not null, type text not null, data jsonb not null,
                unique (stream_id, version));
            """);
        await schema.ExecuteNonQueryAsync();
        await FactAsync(postgres, hunt, 1, FactNames.HuntPublished, Guid.CreateVersion7(), new HuntPublished(Definition(hunt, clock), 1)
        {
            Stamp = new Stamp(DateTimeOffset.UnixEpoch, Guid.CreateVersion7(), "org", "f", 1, 1, "i", "p"),
        });
    }

    public static async Task FactAsync<T>(string postgres, string hunt, long version, string name, Guid id, T fact) where T : HuntFact
    {
        await using var data = NpgsqlDataSource.Create(postgres);
        await using var insert = data.CreateCommand(
            """
            with e as (insert into hunts.mt_events (id, stream_id, version, type, data) values ($1, $2, $3, $4, $5) on conflict do nothing)
            insert into hunts.mt_streams (id, version) values ($2, $3) on conflict (id) do update set version = greatest(hunts.mt_streams.version, $3)
            """);
        insert.Parameters.AddWithValue(id);
        insert.Parameters.AddWithValue($"hunt/{hunt}");
        insert.Parameters.AddWithValue(version);
        insert.Parameters.AddWithValue(name);
        insert.Parameters.AddWithValue(NpgsqlDbType.Jsonb, JsonSerializer.Serialize(fact, typeof(T), Wire.Default));
        await insert.ExecuteNonQueryAsync();
    }
}
