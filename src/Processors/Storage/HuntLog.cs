using JasperFx.Events;
using Marten;
using Marten.Exceptions;
using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Processors.Parked;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Storage;

/// <summary>
/// The only code that appends: one transaction per batch. The expected version of each stream is the fence: a batch of a
/// writer that lost its lane is refused whole.
/// </summary>
public sealed class HuntLog(DocumentStore store)
{
    /// <exception cref="FencedException">another writer got there first, or an event id is stored already: reload and decide again</exception>
    /// <remarks>Any other exception leaves the outcome unknown; the event ids in the log tell.</remarks>
    public async Task CommitAsync(BatchWrites writes, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        foreach (var hunt in writes.Hunts)
        {
            var facts = new object[hunt.Facts.Count];
            for (var i = 0; i < facts.Length; i++) facts[i] = hunt.Facts[i].Fact;
            var stream = session.Events.Append(FactReader.StreamKey(hunt.Hunt), hunt.VersionBefore + facts.Length, facts);
            for (var i = 0; i < facts.Length; i++) stream.Events[i].Id = hunt.Facts[i].EventId;
        }
        foreach (var name in writes.TeamNames)
        {
            session.QueueSqlCommand(
                "insert into hunts.team_names (hunt, team, name) values (?, ?, ?) on conflict do nothing", name.Hunt, name.Team, name.Name);
        }
        foreach (var row in writes.Parked) ParkedTable.Insert(session, row);

        try
        {
            await session.SaveChangesAsync(cancel);
        }
        catch (Exception e) when (IsFence(e))
        {
            throw new FencedException(e);
        }
    }

    private static bool IsFence(Exception e) =>
        e is EventStreamUnexpectedMaxEventIdException or JasperFx.ConcurrencyException or JasperFx.Events.ExistingStreamIdCollisionException or Marten.Exceptions.ExistingStreamIdCollisionException
        || (e as PostgresException ?? e.InnerException as PostgresException) is { SqlState: PostgresErrorCodes.UniqueViolation };
}

/// <summary>Everything one commit writes.</summary>
public sealed class BatchWrites
{
    public List<HuntWrites> Hunts { get; } = [];
    public List<(string Hunt, string Team, string Name)> TeamNames { get; } = [];
    public List<ParkedRow> Parked { get; } = [];

    public bool IsEmpty => Hunts.Count == 0 && Parked.Count == 0;
}

/// <param name="VersionBefore">where the stream stands before the facts; they are never empty</param>
public sealed record HuntWrites(string Hunt, long VersionBefore, List<(Guid EventId, HuntFact Fact)> Facts);

public sealed class FencedException(Exception inner) : Exception("The batch was refused: the stream has moved on.", inner);
