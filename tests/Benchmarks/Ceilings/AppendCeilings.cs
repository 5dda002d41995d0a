using Marten;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
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

    /// <summary>As the event store keeps them.</summary>
    private static readonly Dictionary<FactType, string> DotnetTypes =
        FactTypes.All.ToDictionary(fact => fact, fact => $"{fact.Type.FullName}, {fact.Type.Assembly.GetName().Name}");

    public static async Task<IReadOnlyList<Ceiling>> MeasureAllAsync(BenchServers servers, AcceptedAction[] actions, int? postgres, TimeProvider time, CancellationToken cancel)
    {
        var full = await DecideAsync(servers, actions, Full, time, cancel);
        var small = await DecideAsync(servers, actions, Small, time, cancel);
        return
        [
            await MeasureAsync($"hunts.append_facts, {Full} a commit, 1 writer", full, 1, AppendFacts),
            await MeasureAsync($"hunts.append_facts, {Full} a commit, 4 writers", full, 4, AppendFacts),
            await MeasureAsync($"hunts.append_facts, {Small} a commit, 4 writers", small, 4, AppendFacts),
            await MeasureAsync($"insert into the same table without the streams, {Full} a commit, 1 writer", full, 1, Insert),
            await MeasureAsync($"insert into the same table without the streams, {Full} a commit, 4 writers", full, 4, Insert),
            await MeasureAsync($"COPY into the same table without the streams, {Full} a commit, 1 writer", full, 1, Copy(servers.SeedEvents)),
            await MeasureAsync($"COPY into the same table without the streams, {Full} a commit, 4 writers", full, 4, Copy(servers.SeedEvents)),
            await MeasureAsync($"the event store's append, {Full} a commit, 1 writer", full, 1, Store),
            await MeasureAsync($"the event store's append, {Full} a commit, 4 writers", full, 4, Store),
        ];

        async Task<Ceiling> MeasureAsync(string what, List<BatchWrites>[] decided, int writers, Func<NpgsqlDataSource, Func<BatchWrites, Task>> way)
        {
            var lanes = decided.Select(batches => batches.ConvertAll(Anew)).ToArray();
            await using var database = await servers.CopyAsync(cancel);
            await using var data = servers.Options("bench-append", database).DataSource("append", maxPool: writers, idleInTransaction: null);
            var append = way(data);
            foreach (var batches in lanes) await AppendAsync(batches.Take(batches.Count / 5)); // warm-up, in the order of the streams
            var left = lanes.Select(batches => batches.Skip(batches.Count / 5).ToArray()).ToArray();
            await database.CheckpointAsync(cancel);
            var ceiling = await Ceiling.MeasureAsync(CeilingsPlan.Append, what, Facts(left), [postgres], () => Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
            {
                for (var lane = writer; lane < left.Length; lane += writers) await AppendAsync(left[lane]);
            }))));
            var (stored, given) = (await database.EventsAsync(servers.SeedEvents, cancel), Facts(lanes));
            return stored == given ? ceiling : throw new CommandFailed(ExitCode.Failed, $"NOT CONSERVED: {what}: {given} facts were appended, warm-up included, and {stored} are stored.");

            async Task AppendAsync(IEnumerable<BatchWrites> batches)
            {
                foreach (var batch in batches) await append(batch);
            }
        }

        // Each way writes the facts as they are stored by itself, and gives what it wrote back.
        static BatchWrites Anew(BatchWrites batch)
        {
            var anew = new BatchWrites();
            anew.Hunts.AddRange(batch.Hunts);
            anew.TeamNames.AddRange(batch.TeamNames);
            return anew;
        }

        static int Facts(IEnumerable<IEnumerable<BatchWrites>> lanes) => lanes.Sum(batches => batches.Sum(batch => batch.Facts));
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

    private static Func<BatchWrites, Task> AppendFacts(NpgsqlDataSource data)
    {
        var log = new HuntLog(data);
        return batch => log.CommitAsync(batch, CancellationToken.None);
    }

    /// <summary>What hunts.append_facts does without what holds its streams: no version is looked at, nobody is refused.</summary>
    private static Func<BatchWrites, Task> Insert(NpgsqlDataSource data)
    {
        return async batch =>
        {
            var count = batch.Facts;
            var (ids, streams, versions) = (new Guid[count], new string[count], new long[count]);
            var (bodies, types, dotnetTypes) = (new ReadOnlyMemory<byte>[count], new string[count], new string[count]);
            var facts = batch.Bodies().Single();
            var at = 0;
            foreach (var row in Rows(batch))
            {
                (ids[at], streams[at], versions[at]) = (row.Id, row.Stream, row.Version);
                (bodies[at], types[at], dotnetTypes[at]) = (facts[at], row.Type.Name, DotnetTypes[row.Type]);
                at++;
            }
            await using var command = data.CreateCommand(
                """
                insert into hunts.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
                    select nextval('hunts.mt_events_sequence'), fact.id, fact.stream, fact.version, fact.body, fact.type, now(), '*DEFAULT*', fact.dotnet_type, false
                    from (select unnest($1) as id, unnest($2) as stream, unnest($3) as version, unnest($4) as body, unnest($5) as type, unnest($6) as dotnet_type) as fact
                """);
            Bind(NpgsqlDbType.Uuid, ids);
            Bind(NpgsqlDbType.Text, streams);
            Bind(NpgsqlDbType.Bigint, versions);
            Bind(NpgsqlDbType.Jsonb, bodies);
            Bind(NpgsqlDbType.Text, types);
            Bind(NpgsqlDbType.Text, dotnetTypes);
            await command.ExecuteNonQueryAsync();
            batch.Done();

            void Bind<T>(NpgsqlDbType element, T[] values) =>
                command.Parameters.Add(new NpgsqlParameter<T[]> { NpgsqlDbType = NpgsqlDbType.Array | element, TypedValue = values });
        };
    }

    /// <summary>The sequence of the table stands still meanwhile: the numbers follow the seed's, given out here.</summary>
    private static Func<NpgsqlDataSource, Func<BatchWrites, Task>> Copy(long seedEvents) => data =>
    {
        var sequence = seedEvents;
        return async batch =>
        {
            var facts = batch.Bodies().Single();
            var at = 0;
            await using var connection = await data.OpenConnectionAsync();
            await using var copy = await connection.BeginBinaryImportAsync(
                "copy hunts.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived) from stdin (format binary)");
            foreach (var row in Rows(batch))
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(Interlocked.Increment(ref sequence), NpgsqlDbType.Bigint);
                await copy.WriteAsync(row.Id, NpgsqlDbType.Uuid);
                await copy.WriteAsync(row.Stream, NpgsqlDbType.Varchar);
                await copy.WriteAsync(row.Version, NpgsqlDbType.Bigint);
                await copy.WriteAsync(facts[at++], NpgsqlDbType.Jsonb);
                await copy.WriteAsync(row.Type.Name, NpgsqlDbType.Varchar);
                await copy.WriteAsync(row.At, NpgsqlDbType.TimestampTz);
                await copy.WriteAsync("*DEFAULT*", NpgsqlDbType.Varchar);
                await copy.WriteAsync(DotnetTypes[row.Type], NpgsqlDbType.Varchar);
                await copy.WriteAsync(false, NpgsqlDbType.Boolean);
            }
            await copy.CompleteAsync();
            batch.Done();
        };
    };

    private static IEnumerable<(Guid Id, string Stream, long Version, FactType Type, DateTime At)> Rows(BatchWrites batch)
    {
        foreach (var hunt in batch.Hunts)
        {
            var stream = FactReader.StreamKey(hunt.Hunt);
            for (var i = 0; i < hunt.Facts.Count; i++)
            {
                var (id, fact) = hunt.Facts[i];
                yield return (id, stream, hunt.VersionBefore + 1 + i, FactTypes.Of(fact), fact.Stamp!.At.UtcDateTime);
            }
        }
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
