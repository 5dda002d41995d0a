using System.Text.Json;
using Marten;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Benchmarks.Arms;

namespace TreasureHunt.Tests.Benchmarks.Ceilings;

/// <summary>
/// The store with nothing before it: the facts of the same actions, decided beforehand, appended in batches to the same tables and streams. Each way begins with
/// a copy of the seeded database.
/// </summary>
public static class AppendCeilings
{
    /// <summary>Actions of a commit: what the lanes come to when they are full, and when they are not.</summary>
    private const int Full = 1_000, Small = 50;

    public static async Task<IReadOnlyList<Ceiling>> MeasureAllAsync(BenchServers servers, AcceptedAction[] actions, int? postgres, TimeProvider time, CancellationToken cancel)
    {
        var full = await DecideAsync(servers, actions, Full, time, cancel);
        var small = await DecideAsync(servers, actions, Small, time, cancel);
        return
        [
            await MeasureAsync($"hunts.append_facts, {Full} a commit, 1 writer", full, 1, Facts),
            await MeasureAsync($"hunts.append_facts, {Full} a commit, 4 writers", full, 4, Facts),
            await MeasureAsync($"hunts.append_facts, {Small} a commit, 4 writers", small, 4, Facts),
            await MeasureAsync($"COPY into an equal table without streams, {Full} a commit, 1 writer", full, 1, Copy),
            await MeasureAsync($"COPY into an equal table without streams, {Full} a commit, 4 writers", full, 4, Copy),
            await MeasureAsync($"the event store's append, {Full} a commit, 1 writer", full, 1, Store),
            await MeasureAsync($"the event store's append, {Full} a commit, 4 writers", full, 4, Store),
        ];

        async Task<Ceiling> MeasureAsync(string what, List<BatchWrites>[] lanes, int writers, Func<NpgsqlDataSource, Func<BatchWrites, Task>> way)
        {
            await using var database = await servers.CopyAsync(cancel);
            await using var data = servers.Options("bench-append", database).DataSource("append", maxPool: writers, idleInTransaction: null);
            await ArmDatabase.ExecuteAsync(data, "create table hunts.copied (like hunts.mt_events including all)", cancel);
            var append = way(data);
            foreach (var batches in lanes) await AppendAsync(batches.Take(batches.Count / 5)); // warm-up, in the order of the streams
            var left = lanes.Select(batches => batches.Skip(batches.Count / 5).ToArray()).ToArray();
            await database.CheckpointAsync(cancel);
            var events = left.Sum(batches => batches.Sum(batch => batch.Hunts.Sum(hunt => hunt.Facts.Count)));
            return await Ceiling.MeasureAsync(CeilingsPlan.Append, what, events, [postgres], () => Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
            {
                for (var lane = writer; lane < left.Length; lane += writers) await AppendAsync(left[lane]);
            }))));

            async Task AppendAsync(IEnumerable<BatchWrites> batches)
            {
                foreach (var batch in batches) await append(batch);
            }
        }
    }

    /// <summary>What the lanes would commit, lane by lane.</summary>
    private static async Task<List<BatchWrites>[]> DecideAsync(BenchServers servers, AcceptedAction[] actions, int perCommit, TimeProvider time, CancellationToken cancel)
    {
        await using var database = await servers.CopyAsync(cancel);
        var reader = new FactReader(database.Data);
        var lanes = Enumerable.Range(0, servers.Box.Lanes).Select(_ => new List<BatchWrites>()).ToArray();
        foreach (var ofLane in actions.GroupBy(action => LaneHash.LaneOf(action.Hunt, lanes.Length)))
        {
            var decider = new BatchDecider(new HuntCache(reader, new Checkpoints(database.Data, NullLogger.Instance), servers.Seal, time), reader, servers.Seal, "bench", time);
            foreach (var part in ofLane.Chunk(perCommit))
            {
                var delivery = new Delivery(channel: null!, tag: 1, new Envelope(ofLane.Key, 1, "bench", part), arrived: 0, arrivedAt: default); // deciding asks for none of it
                lanes[ofLane.Key].Add((await decider.DecideAsync([new Slice(delivery, 0, part.Length)], settingsVersion: 0, lookUpAll: false, cancel)).Writes);
            }
        }
        return lanes;
    }

    private static Func<BatchWrites, Task> Facts(NpgsqlDataSource data)
    {
        var log = new HuntLog(data);
        return batch => log.CommitAsync(batch, CancellationToken.None);
    }

    private static Func<BatchWrites, Task> Copy(NpgsqlDataSource data)
    {
        var sequence = 0L;
        return async batch =>
        {
            await using var connection = await data.OpenConnectionAsync();
            await using var copy = await connection.BeginBinaryImportAsync(
                "copy hunts.copied (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived) from stdin (format binary)");
            foreach (var hunt in batch.Hunts)
            {
                for (var i = 0; i < hunt.Facts.Count; i++)
                {
                    var (id, fact) = hunt.Facts[i];
                    var type = FactTypes.Of(fact);
                    await copy.StartRowAsync();
                    await copy.WriteAsync(Interlocked.Increment(ref sequence), NpgsqlDbType.Bigint);
                    await copy.WriteAsync(id, NpgsqlDbType.Uuid);
                    await copy.WriteAsync(FactReader.StreamKey(hunt.Hunt), NpgsqlDbType.Varchar);
                    await copy.WriteAsync(hunt.VersionBefore + 1 + i, NpgsqlDbType.Bigint);
                    await copy.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(fact, type.Json), NpgsqlDbType.Jsonb);
                    await copy.WriteAsync(type.Name, NpgsqlDbType.Varchar);
                    await copy.WriteAsync(fact.Stamp!.At.UtcDateTime, NpgsqlDbType.TimestampTz);
                    await copy.WriteAsync("*DEFAULT*", NpgsqlDbType.Varchar);
                    await copy.WriteAsync(type.Type.FullName!, NpgsqlDbType.Varchar);
                    await copy.WriteAsync(false, NpgsqlDbType.Boolean);
                }
            }
            await copy.CompleteAsync();
        };
    }

    private static Func<BatchWrites, Task> Store(NpgsqlDataSource data)
    {
        var store = DocumentStore.For(options => HuntStore.Configure(options, data));
        return async batch =>
        {
            await using var session = store.LightweightSession();
            foreach (var hunt in batch.Hunts)
            {
                var stream = session.Events.Append(
                    FactReader.StreamKey(hunt.Hunt), hunt.VersionBefore + hunt.Facts.Count, hunt.Facts.Select(object (written) => written.Fact).ToArray());
                for (var i = 0; i < hunt.Facts.Count; i++) stream.Events[i].Id = hunt.Facts[i].EventId;
            }
            await session.SaveChangesAsync();
        };
    }
}
