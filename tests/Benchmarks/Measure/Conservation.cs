using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Measure;

/// <summary>Every action that was sent is stored exactly once, nothing else is, no stream has a hole, and nothing waits or was given up.</summary>
/// <param name="Sent">actions sent to this database, warm-up included</param>
/// <param name="Events">stored after the seed</param>
/// <param name="Lost">sent and not stored</param>
/// <param name="Doubled">stored more than once</param>
/// <param name="Foreign">stored and never sent</param>
/// <param name="BrokenStreams">streams whose versions are not 1, 2, 3 …</param>
/// <param name="OutOfOrder">events of a stream stored after one that was sent later</param>
/// <param name="OrderMatters">the arm promises order</param>
/// <param name="Waiting">messages left in the queues</param>
/// <param name="GivenUp">parked actions, messages in error queues</param>
/// <param name="Facts">what became of the actions, by kind</param>
public sealed record Conservation(
    long Sent, long Events, long Lost, long Doubled, long Foreign, long BrokenStreams, long OutOfOrder, bool OrderMatters, long Waiting, long GivenUp,
    IReadOnlyDictionary<string, long> Facts)
{
    public bool Holds =>
        Events == Sent && Lost == 0 && Doubled == 0 && Foreign == 0 && BrokenStreams == 0 && Waiting == 0 && GivenUp == 0 && !(OrderMatters && OutOfOrder > 0);

    /// <summary>Both together, of other streams of one store.</summary>
    public Conservation With(Conservation more) => new(
        Sent + more.Sent, Events + more.Events, Lost + more.Lost, Doubled + more.Doubled, Foreign + more.Foreign, BrokenStreams + more.BrokenStreams,
        OutOfOrder + more.OutOfOrder, OrderMatters, Waiting + more.Waiting, GivenUp + more.GivenUp,
        Facts.Concat(more.Facts).GroupBy(fact => fact.Key, StringComparer.Ordinal).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .ToDictionary(kind => kind.Key, kind => kind.Sum(fact => fact.Value)));

    public override string ToString() =>
        $"{Sent} sent, {Events} stored, {Lost} lost, {Doubled} doubled, {Foreign} foreign, {BrokenStreams} broken streams, {OutOfOrder} out of order, {Waiting} waiting, {GivenUp} given up";

    public static async Task<Conservation> CheckAsync(IArm arm, IReadOnlyList<AcceptedAction> sent, long seed, CancellationToken cancel)
    {
        var (waiting, givenUp) = await arm.QueuesAsync(cancel);
        return await CheckAsync(arm.Database, sent, seed, arm.KeepsOrder, waiting, givenUp, cancel);
    }

    public static Task<Conservation> CheckAsync(
        ArmDatabase database, IReadOnlyList<AcceptedAction> sent, long seed, bool keepsOrder, long waiting, long givenUp, CancellationToken cancel) =>
        CheckAsync(database, [.. sent.Select(EventIdOf)], streams: null, seed, keepsOrder, waiting, givenUp, cancel);

    /// <summary>Id of the event that an action becomes.</summary>
    public static Guid EventIdOf(AcceptedAction action) => ActionIds.EventId(action.Hunt, action.Actor, action.Action.ActionId);

    /// <param name="ids">of the events that the actions sent become</param>
    /// <param name="streams">nothing else is looked at, so that a large store can be checked in pages; null: all streams</param>
    public static async Task<Conservation> CheckAsync(
        ArmDatabase database, IReadOnlyCollection<Guid> ids, string[]? streams, long seed, bool keepsOrder, long waiting, long givenUp, CancellationToken cancel)
    {
        var looked = ArmDatabase.NoTombstone + (streams is null ? "" : " and stream_id = any ($3)");
        var data = database.Data;
        await using var counts = data.CreateCommand(
            $"""
            with stored as materialized (select id, stream_id, version, (data->'stamp'->>'actionId')::uuid as action from hunts.mt_events
                                              where seq_id > $1 and {looked}),
                 sent as materialized (select unnest($2) as id)
            select (select count(*) from stored),
                   (select count(*) from sent where not exists (select from stored where stored.id = sent.id)),
                   (select count(*) - count(distinct action) from stored),
                   (select count(*) from stored where not exists (select from sent where sent.id = stored.id)),
                   (select count(*) from (select from hunts.mt_events where {looked} group by stream_id
                                          having count(*) <> max(version) or count(distinct version) <> count(*) or min(version) <> 1) as broken)
                 + (select count(*) from (select id as stream_id, version from hunts.mt_streams) as s
                    where {looked} and version <> (select coalesce(max(version), 0) from hunts.mt_events as e where e.stream_id = s.stream_id)),
                   (select count(*) from (select action < lag(action) over (partition by stream_id order by version) as late from stored) as steps where late)
            """);
        counts.CommandTimeout = 600;
        counts.Parameters.AddWithValue(NpgsqlDbType.Bigint, seed);
        counts.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Uuid, ids);
        if (streams is not null) counts.Parameters.AddWithValue(streams);
        await using var row = await counts.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        var n = Enumerable.Range(0, 6).Select(row.GetInt64).ToArray();
        return new Conservation(ids.Count, n[0], n[1], n[2], n[3], n[4], n[5], keepsOrder, waiting, givenUp, await FactsAsync(data, streams, seed, cancel));
    }

    /// <summary>The same for each action, by its place in the list.</summary>
    /// <param name="count">actions of the list that are stored, from its first on</param>
    public static async Task<string[]> FactByPlaceAsync(IArm arm, long seed, int count, CancellationToken cancel)
    {
        await using var command = arm.Database.Data.CreateCommand(
            $"select (data->'stamp'->>'actionId')::uuid, concat_ws(' ', type, data->>'code') from hunts.mt_events where seq_id > $1 and {ArmDatabase.NoTombstone}");
        command.Parameters.AddWithValue(NpgsqlDbType.Bigint, seed);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var facts = new string[count];
        while (await rows.ReadAsync(cancel)) facts[ActionSource.PlaceOf(rows.GetGuid(0))] = string.Intern(rows.GetString(1));
        return facts;
    }

    private static async Task<Dictionary<string, long>> FactsAsync(NpgsqlDataSource data, string[]? streams, long seed, CancellationToken cancel)
    {
        await using var command = data.CreateCommand(
            $"select concat_ws(' ', type, data->>'code'), count(*) from hunts.mt_events where seq_id > $1 and {ArmDatabase.NoTombstone}{(streams is null ? "" : " and stream_id = any ($2)")} group by 1 order by 1");
        command.Parameters.AddWithValue(NpgsqlDbType.Bigint, seed);
        if (streams is not null) command.Parameters.AddWithValue(streams);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var facts = new Dictionary<string, long>();
        while (await rows.ReadAsync(cancel)) facts[rows.GetString(0)] = rows.GetInt64(1);
        return facts;
    }
}
