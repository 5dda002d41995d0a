using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.Processors.Parked;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Decides a batch on the hunts in memory, in order. An action that breaks the engine hurts nobody else: it is parked
/// with its cause. One worker's own; not thread-safe.
/// </summary>
public sealed class BatchDecider(HuntCache cache, FactReader reader, Seal seal, string processor, TimeProvider time)
{
    /// <summary>An action accepted further ahead of this clock is parked: some clock is wrong.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromSeconds(2);

    /// <summary>Actions known to break the engine, with their cause; kept until the batch is through.</summary>
    private readonly Dictionary<Guid, (string Cause, bool RowOnly)> _broken = [];

    /// <summary>It takes no read of hunts to decide them.</summary>
    public bool HasInMemory(List<Slice> slices) =>
        slices.TrueForAll(slice => slice.Delivery.Envelope.Actions.Skip(slice.From).Take(slice.Count).All(action => !Slug.IsValid(action.Hunt) || cache.Has(action.Hunt)));

    /// <param name="lookUpAll">ask the store for every id of the batch: the outcome of an earlier try is unknown</param>
    /// <exception cref="BrokenActionException">an action broke a fold: drop the cache and decide again</exception>
    public async Task<DecidedBatch> DecideAsync(List<Slice> slices, long settingsVersion, bool lookUpAll, CancellationToken cancel)
    {
        var hunts = new Dictionary<string, CachedHunt>(StringComparer.Ordinal);
        var ask = new HashSet<Guid>();
        var ids = new List<Guid>(); // one per action, in order
        foreach (var slice in slices)
        {
            for (var i = slice.From; i < slice.From + slice.Count; i++)
            {
                var action = slice.Delivery.Envelope.Actions[i];
                var id = EventId(action);
                ids.Add(id);
                if (!Slug.IsValid(action.Hunt)) continue;
                if (!hunts.TryGetValue(action.Hunt, out var hunt))
                    hunts[action.Hunt] = hunt = await cache.GetAsync(action.Hunt, cancel);
                if (lookUpAll || (!hunt.Hunt.Recent.TryGet(id, out _) && hunt.Hunt.Recent.MightBeForgotten(id))) ask.Add(id);
            }
        }
        var known = ask.Count == 0 ? [] : await reader.ByEventIdAsync(ask, cancel);

        var batch = new DecidedBatch();
        foreach (var slice in slices)
        {
            var envelope = slice.Delivery.Envelope;
            for (var i = slice.From; i < slice.From + slice.Count; i++)
            {
                var action = envelope.Actions[i];
                var id = ids[batch.Verdicts.Count];
                batch.Verdicts.Add(hunts.TryGetValue(action.Hunt, out var hunt)
                    ? Decide(action, id, envelope, hunt, known, settingsVersion, batch)
                    : ParkRow(action, id, envelope, "Its hunt is no slug: nobody but the engine may write to a lane.", batch));
            }
        }
        return batch;
    }

    /// <summary>
    /// This action breaks the fold or the store: the next time it is decided it becomes a parked fact; if even that breaks, a
    /// parked row alone.
    /// </summary>
    /// <returns>false when there is no milder way left</returns>
    public bool MarkBroken(AcceptedAction action, string cause)
    {
        var known = _broken.TryGetValue(EventId(action), out var before);
        if (known && before.RowOnly) return false;
        _broken[EventId(action)] = (known ? before.Cause : cause, RowOnly: known);
        return true;
    }

    public void ForgetBroken() => _broken.Clear();

    /// <summary>Its id is the event's, so that an envelope that comes again does not park its actions again.</summary>
    private ParkedRow Row(AcceptedAction action, Guid id, int lane, string cause) => new(
        id, time.GetUtcNow(), $"lane-{lane}", Slug.IsValid(action.Hunt) ? action.Hunt : null, action.Action.ActionId, cause,
        seal.Close(JsonSerializer.Serialize(action, Wire.Default.AcceptedAction)));

    private static Guid EventId(AcceptedAction action) => ActionIds.EventId(action.Hunt, action.Actor, action.Action.ActionId);

    private Verdict Decide(
        AcceptedAction accepted, Guid id, Envelope envelope, CachedHunt cached, Dictionary<Guid, VersionedFact> known, long settingsVersion, DecidedBatch batch)
    {
        var hunt = cached.Hunt;
        if (cached.Halted is { } halted) return ParkRow(accepted, id, envelope, halted, batch);
        if (_broken.TryGetValue(id, out var broken) && broken.RowOnly) return ParkRow(accepted, id, envelope, broken.Cause, batch);
        var writes = batch.WritesOf(cached);

        if (hunt.Recent.TryGet(id, out var recent))
            return new Verdict(recent.Matches(accepted.Fingerprint) ? VerdictKind.Repeated : VerdictKind.Conflict, id);
        if (known.TryGetValue(id, out var stored))
            return new Verdict(stored.Fact.Stamp!.Fingerprint == accepted.Fingerprint ? VerdictKind.Repeated : VerdictKind.Conflict, id);

        var ahead = accepted.AcceptedAt > time.GetUtcNow() + MaxAhead;
        var now = HuntClock.Now(hunt, ahead ? accepted with { AcceptedAt = time.GetUtcNow() } : accepted); // a wrong clock must not become the hunt's
        var fact = ahead
            ? new ActionParked(accepted.Action.Kind, "It was accepted more than 2 s ahead of the processor's clock: one of the clocks is wrong.")
            : Fact(accepted, id, cached, now);
        if (fact is ActionParked parked) batch.Writes.Parked.Add(Row(accepted, id, envelope.Lane, parked.Cause));
        if (fact is TeamRegistered team && accepted.Action is RegisterTeam named)
            batch.Writes.TeamNames.Add((accepted.Hunt, team.Team, named.Name));

        var definitionVersion = fact is HuntPublished published ? published.DefinitionVersion : hunt.Life.DefinitionVersion;
        fact = fact with
        {
            Stamp = new Stamp(
                now, accepted.Action.ActionId, accepted.Actor, accepted.Fingerprint, settingsVersion, definitionVersion,
                envelope.Ingress, processor),
        };
        var version = hunt.Version + 1;
        try
        {
            hunt.Evolve(version, fact, id);
            if (fact is HuntPublished) cached.Compile(seal);
        }
        catch (Exception e)
        {
            MarkBroken(accepted, $"The fold failed: {e.GetType().Name}: {e.Message}");
            throw new BrokenActionException(e);
        }
        if (writes.Facts.Count == 0) batch.Writes.Hunts.Add(writes);
        writes.Facts.Add((id, fact));
        return new Verdict(VerdictKind.Decided, id, version, fact);
    }

    /// <summary>A row alone: there is no hunt that could take the fact.</summary>
    private Verdict ParkRow(AcceptedAction accepted, Guid id, Envelope envelope, string cause, DecidedBatch batch)
    {
        batch.Writes.Parked.Add(Row(accepted, id, envelope.Lane, cause));
        return new Verdict(VerdictKind.Parked, id);
    }

    private HuntFact Fact(AcceptedAction accepted, Guid id, CachedHunt cached, DateTimeOffset now)
    {
        if (_broken.TryGetValue(id, out var broken)) return new ActionParked(accepted.Action.Kind, broken.Cause);
        try
        {
            OpenedGuess? guess = accepted.Action is SubmitAnswer answer ? OpenedGuess.Open(answer, accepted.Hunt, seal) : null;
            return Decider.Decide(cached.Hunt, accepted, guess, cached.Rules, now);
        }
        catch (Exception e) // a broken action must not take its neighbours with it
        {
            return new ActionParked(accepted.Action.Kind, $"{e.GetType().Name}: {e.Message}");
        }
    }
}

public sealed class BrokenActionException(Exception inner) : Exception("An action broke the fold of its hunt; it will be parked.", inner);
