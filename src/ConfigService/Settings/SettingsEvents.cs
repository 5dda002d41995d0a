using JasperFx;
using JasperFx.Events;
using Marten;
using Marten.Exceptions;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>Others changed the settings each time before it could be stored. Nothing was changed; it may be asked again.</summary>
public sealed class SettingsContendedException(Exception inner) : Exception("Other ConfigServices were faster each time.", inner);

/// <summary>The two streams as they are stored: the only code that reads or appends them.</summary>
public sealed class SettingsEvents(IDocumentStore store, StoreCalls calls)
{
    /// <summary>Events of the stream of proposals from a position to the end.</summary>
    public async Task<IReadOnlyList<ProposalEvent>> ProposalsAsync(long first, CancellationToken cancel) =>
        await calls.RepeatableAsync<(IDocumentStore Store, long First), IReadOnlyList<ProposalEvent>>(static async (call, attempt) =>
        {
            await using var session = call.Store.QuerySession();
            var events = await session.Events.FetchStreamAsync(ProposalEvent.Stream, fromVersion: call.First, token: attempt);
            return [.. events.Select(stored => (ProposalEvent)stored.Data)];
        }, (store, first), cancel);

    /// <summary>Changes from a version to another, in order.</summary>
    /// <param name="last">0: to the end</param>
    public async Task<IReadOnlyList<SettingsChange>> ChangesAsync(long first, long last, CancellationToken cancel) =>
        [.. (await FetchAsync(first, last, cancel)).Select(stored => (SettingsChange)stored.Data)];

    /// <summary>The same, each with the place of its event among all events of this store.</summary>
    public async Task<IReadOnlyList<(SettingsChange Change, long Sequence)>> CommittedAsync(long first, long last, CancellationToken cancel) =>
        [.. (await FetchAsync(first, last, cancel)).Select(stored => ((SettingsChange)stored.Data, stored.Sequence))];

    /// <summary>Both in one transaction: a proposal is applied once, however many ConfigServices there are.</summary>
    /// <param name="plannedVersion">position of the last event in the stream of proposals</param>
    public async Task AppendAsync(List<SettingsChange> changes, List<ProposalEvent> planned, long plannedVersion) =>
        await calls.OnceAsync(static async (call, attempt) =>
        {
            await using var session = call.Store.LightweightSession();
            if (call.Changes.Count > 0) session.Events.Append(SettingsChange.Stream, call.Changes[^1].Version, call.Changes.Cast<object>()); // the version after them: refused when one is taken
            if (call.Planned.Count > 0) session.Events.Append(ProposalEvent.Stream, call.PlannedVersion, call.Planned.Cast<object>());
            await session.SaveChangesAsync(attempt);
        }, (Store: store, Changes: changes, Planned: planned, PlannedVersion: plannedVersion), CancellationToken.None);

    /// <summary>Somebody else appended first.</summary>
    public static bool IsLostRace(Exception e) =>
        e is EventStreamUnexpectedMaxEventIdException or ConcurrencyException or JasperFx.Events.ExistingStreamIdCollisionException
            or Marten.Exceptions.ExistingStreamIdCollisionException;

    private ValueTask<IReadOnlyList<IEvent>> FetchAsync(long first, long last, CancellationToken cancel) =>
        calls.RepeatableAsync(static async (call, attempt) =>
        {
            await using var session = call.Store.QuerySession();
            return await session.Events.FetchStreamAsync(SettingsChange.Stream, version: call.Last, fromVersion: call.First, token: attempt);
        }, (Store: store, First: first, Last: last), cancel);
}
