using System.Collections.Immutable;
using JasperFx;
using JasperFx.Events;
using Marten;
using Marten.Exceptions;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>The stream as folded up to a moment: where it stands and the last versions as they are announced. Immutable.</summary>
/// <param name="Recent">in order, the last of them is the latest; never empty</param>
public sealed record SettingsTail(SettingsState State, ImmutableArray<SettingsMessage> Recent)
{
    /// <summary>Versions a process may have missed and still fold one by one; after more it takes the latest whole.</summary>
    public const int MaxRecent = 256;

    public static SettingsTail Begin { get; } = new(SettingsState.Initial, [SettingsState.Initial.Announce(null)]);

    public SettingsMessage Latest => Recent[^1];

    public SettingsTail With(IReadOnlyList<SettingsChange> changes)
    {
        var recent = Recent.ToBuilder();
        var state = State;
        foreach (var change in changes)
        {
            state = SettingsState.Evolve(state, change);
            recent.Add(state.Announce(change));
            if (recent.Count > 2 * MaxRecent) recent.RemoveRange(0, recent.Count - MaxRecent);
        }
        if (recent.Count > MaxRecent) recent.RemoveRange(0, recent.Count - MaxRecent);
        return new SettingsTail(state, recent.ToImmutable());
    }

    /// <summary>What one who holds this version and hash must know: nothing, the next versions, or the latest to be taken whole.</summary>
    public IEnumerable<SettingsMessage> After(long version, string? hash)
    {
        if (version == State.Version) return hash is null || hash == State.Values.Hash ? [] : [Latest];
        return version > State.Version || version < Recent[0].Version - 1 ? [Latest] : Recent.Where(message => message.Version > version);
    }
}

/// <summary>
/// The settings stream: the only code that reads or appends it. What is stored is truth; the fold in memory is brought up
/// to it before every decision, so that several ConfigServices on one store agree. Thread-safe.
/// </summary>
public sealed class SettingsLog(IDocumentStore store)
{
    /// <summary>Changes one history page may hold.</summary>
    public const int MaxHistory = 1000;

    private const int MaxAttempts = 5;
    private readonly SemaphoreSlim _one = new(1);
    private volatile SettingsTail _tail = SettingsTail.Begin;

    /// <summary>As last read; committed, but perhaps no longer the latest.</summary>
    public SettingsTail LastRead => _tail;

    /// <summary>As the store has it now.</summary>
    public async Task<SettingsTail> ReadAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            return await CatchUpAsync(cancel);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Load, fold, decide, append; again when somebody else was faster.</summary>
    /// <param name="decide">pure</param>
    public async Task<(SettingsDecision Decision, SettingsTail Tail)> DecideAsync(Func<SettingsState, SettingsDecision> decide, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var tail = await CatchUpAsync(cancel);
                var decision = decide(tail.State);
                if (decision is not SettingsDecision.Changed { Change: var change }) return (decision, tail);
                try
                {
                    await AppendAsync(change, cancel);
                    return (decision, _tail = tail.With([change]));
                }
                catch (Exception e) when (attempt < MaxAttempts && IsLostRace(e))
                {
                    if ((await CatchUpAsync(cancel)).State.Version == tail.State.Version) _tail = SettingsTail.Begin; // the history was restored under us: fold it anew
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Changes in order: those after a version, or without one the last there are.</summary>
    public async Task<IReadOnlyList<SettingsChange>> HistoryAsync(long? after, int limit, CancellationToken cancel)
    {
        var first = after is { } version ? version + 1 : Math.Max(1, (await ReadAsync(cancel)).State.Version - limit + 1);
        return await ChangesAsync(first, first + limit - 1, cancel);
    }

    private async Task<SettingsTail> CatchUpAsync(CancellationToken cancel)
    {
        var tail = _tail;
        var changes = await ChangesAsync(tail.State.Version + 1, 0, cancel);
        return changes.Count == 0 ? tail : _tail = tail.With(changes);
    }

    /// <param name="last">0: to the end</param>
    private async Task<IReadOnlyList<SettingsChange>> ChangesAsync(long first, long last, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var events = await session.Events.FetchStreamAsync(SettingsChange.Stream, version: last, fromVersion: first, token: cancel);
        return [.. events.Select(stored => (SettingsChange)stored.Data)];
    }

    private async Task AppendAsync(SettingsChange change, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        session.Events.Append(SettingsChange.Stream, change.Version, change); // the version after it: refused when it is taken
        await session.SaveChangesAsync(cancel);
    }

    private static bool IsLostRace(Exception e) =>
        e is EventStreamUnexpectedMaxEventIdException or ConcurrencyException or JasperFx.Events.ExistingStreamIdCollisionException
            or Marten.Exceptions.ExistingStreamIdCollisionException;
}
