using NpgsqlTypes;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Benchmarks.Arms;

namespace TreasureHunt.Tests.Benchmarks.Views;

/// <summary>What a feed ought to have told of a hunt: versions, and when their commits began (so what is measured from there holds the commit too).</summary>
public sealed class StoredFacts
{
    private readonly Dictionary<string, List<(long Version, DateTimeOffset At)>> _byHunt = [];

    public IReadOnlyList<(long Version, DateTimeOffset At)> Of(string hunt) => _byHunt.TryGetValue(hunt, out var facts) ? facts : [];

    public long Last(string hunt) => Of(hunt) is { Count: > 0 } facts ? facts[^1].Version : 0;

    public static async Task<StoredFacts> ReadAsync(ArmDatabase database, long seed, CancellationToken cancel)
    {
        await using var command = database.Data.CreateCommand(
            "select stream_id, version, timestamp from hunts.mt_events where seq_id > $1 and type <> all ($2) order by stream_id, version");
        command.Parameters.AddWithValue(NpgsqlDbType.Bigint, seed);
        command.Parameters.AddWithValue(new[] { FactNames.AnswerNear, FactNames.AnswerRepeated, FactNames.ActionRefused, FactNames.ActionParked });
        var stored = new StoredFacts();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var hunt = FactReader.HuntOf(rows.GetString(0));
            if (!stored._byHunt.TryGetValue(hunt, out var facts)) stored._byHunt[hunt] = facts = [];
            facts.Add((rows.GetInt64(1), rows.GetFieldValue<DateTimeOffset>(2)));
        }
        return stored;
    }
}
