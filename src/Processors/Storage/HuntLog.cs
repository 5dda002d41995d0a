using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Processors.Parked;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Storage;

/// <summary>
/// The only code that appends facts: one round trip and one transaction per batch, into the event store's own tables
/// (docs/adr/0007-set-based-append.md). The expected version of each stream is the fence: a batch of a writer that lost
/// its lane is refused whole. Thread-safe.
/// </summary>
/// <param name="data">the writer's connections</param>
/// <param name="calls">null: straight</param>
public sealed class HuntLog(NpgsqlDataSource data, StoreCalls? calls = null)
{
    private readonly StoreCalls _calls = calls ?? StoreCalls.Straight;

    /// <summary>SQLSTATE of hunts.append_facts: a stream does not stand where the batch expects it.</summary>
    private const string StreamMoved = "HT001";

    /// <summary>The event store keeps the type's name too, though it reads by the stored name, as we do.</summary>
    private static readonly Dictionary<FactType, string> DotnetTypes =
        FactTypes.All.ToDictionary(fact => fact, fact => $"{fact.Type.FullName}, {fact.Type.Assembly.GetName().Name}");

    /// <exception cref="FencedException">another writer got there first, or an event id is stored already: reload and decide again</exception>
    /// <remarks>Any other exception leaves the outcome unknown; the event ids in the log tell.</remarks>
    public async Task CommitAsync(BatchWrites writes, CancellationToken cancel) =>
        await _calls.OnceAsync(static (call, attempt) => call.Log.CommitOnceAsync(call.Writes, attempt), (Log: this, Writes: writes), cancel);

    private async ValueTask CommitOnceAsync(BatchWrites writes, CancellationToken cancel)
    {
        await using var connection = await data.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection); // without an error barrier inside: all or nothing
        foreach (var name in writes.TeamNames) batch.BatchCommands.Add(Insert(name.Hunt, name.Team, name.Name));
        foreach (var row in writes.Parked) batch.BatchCommands.Add(ParkedTable.Insert(row));
        if (writes.Hunts.Count > 0) batch.BatchCommands.Add(Append(writes.Hunts, writes.Bodies()));
        try
        {
            await batch.ExecuteNonQueryAsync(cancel);
            writes.Done();
        }
        catch (PostgresException e) when (e.SqlState is StreamMoved or PostgresErrorCodes.UniqueViolation)
        {
            throw new FencedException(e);
        }
    }

    private static NpgsqlBatchCommand Append(List<HuntWrites> hunts, IReadOnlyList<FactBodies> batches)
    {
        var count = hunts.Sum(hunt => hunt.Facts.Count);
        var (streams, befores, afters) = (new string[hunts.Count], new long[hunts.Count], new long[hunts.Count]);
        var (owners, versions, ids) = (new string[count], new long[count], new Guid[count]);
        var (types, dotnetTypes, bodies) = (new string[count], new string[count], new ReadOnlyMemory<byte>[count]);
        var at = 0;
        foreach (var batch in batches)
            for (var fact = 0; fact < batch.Count; fact++) bodies[at++] = batch[fact];
        at = 0;
        for (var i = 0; i < hunts.Count; i++)
        {
            var hunt = hunts[i];
            streams[i] = FactReader.StreamKey(hunt.Hunt);
            (befores[i], afters[i]) = (hunt.VersionBefore, hunt.VersionAfter);
            for (var n = 0; n < hunt.Facts.Count; n++, at++)
            {
                var (id, fact) = hunt.Facts[n];
                var type = FactTypes.Of(fact);
                (owners[at], versions[at], ids[at]) = (streams[i], hunt.VersionBefore + n + 1, id);
                (types[at], dotnetTypes[at]) = (type.Name, DotnetTypes[type]);
            }
        }

        var command = new NpgsqlBatchCommand("select hunts.append_facts($1, $2, $3, $4, $5, $6, $7, $8, $9)");
        Bind(NpgsqlDbType.Text, streams);
        Bind(NpgsqlDbType.Bigint, befores);
        Bind(NpgsqlDbType.Bigint, afters);
        Bind(NpgsqlDbType.Text, owners);
        Bind(NpgsqlDbType.Bigint, versions);
        Bind(NpgsqlDbType.Uuid, ids);
        Bind(NpgsqlDbType.Text, types);
        Bind(NpgsqlDbType.Text, dotnetTypes);
        Bind(NpgsqlDbType.Jsonb, bodies);
        return command;

        void Bind<T>(NpgsqlDbType element, T[] values) =>
            command.Parameters.Add(new NpgsqlParameter<T[]> { NpgsqlDbType = NpgsqlDbType.Array | element, TypedValue = values });
    }

    private static NpgsqlBatchCommand Insert(string hunt, string team, string name) =>
        new("insert into hunts.team_names (hunt, team, name) values ($1, $2, $3) on conflict do nothing")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = hunt }, new NpgsqlParameter<string> { TypedValue = team }, new NpgsqlParameter<string> { TypedValue = name } },
        };
}

/// <summary>Everything one commit writes.</summary>
public sealed class BatchWrites
{
    private readonly List<FactBodies> _bodies = []; // of Hunts, in their order; empty: not encoded yet

    public List<HuntWrites> Hunts { get; } = [];
    public List<(string Hunt, string Team, string Name)> TeamNames { get; } = [];
    public List<ParkedRow> Parked { get; } = [];

    public bool IsEmpty => Hunts.Count == 0 && Parked.Count == 0;

    public int Facts => Hunts.Sum(hunt => hunt.Facts.Count);

    /// <summary>Writes the facts as they will be stored, beside the commit before; else the commit does it. Nothing may be added after it.</summary>
    public void Encode()
    {
        if (_bodies.Count == 0 && Hunts.Count > 0) _bodies.Add(FactBodies.Of(Hunts));
    }

    public IReadOnlyList<FactBodies> Bodies()
    {
        Encode();
        return _bodies;
    }

    /// <summary>See <see cref="FactBodies.Done"/>.</summary>
    public void Done()
    {
        foreach (var bodies in _bodies) bodies.Done();
    }

    /// <summary>The writes of batches that touch different hunts, as one.</summary>
    public static BatchWrites Together(IEnumerable<BatchWrites> batches)
    {
        var all = new BatchWrites();
        foreach (var batch in batches)
        {
            all.Hunts.AddRange(batch.Hunts);
            all._bodies.AddRange(batch.Bodies());
            all.TeamNames.AddRange(batch.TeamNames);
            all.Parked.AddRange(batch.Parked);
        }
        return all;
    }
}

/// <param name="VersionBefore">where the stream stands before the facts; they are never empty</param>
public sealed record HuntWrites(string Hunt, long VersionBefore, List<(Guid EventId, HuntFact Fact)> Facts)
{
    public long VersionAfter => VersionBefore + Facts.Count;
}

public sealed class FencedException(Exception inner) : Exception("The batch was refused: the stream has moved on.", inner);
