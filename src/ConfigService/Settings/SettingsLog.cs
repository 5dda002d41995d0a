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
    private SettingsTimeline _timeline = new(); // only while _one is held; as far as _tail

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
                    return (decision, Take([change]));
                }
                catch (Exception e) when (attempt < MaxAttempts && IsLostRace(e))
                {
                    if ((await CatchUpAsync(cancel)).State.Version == tail.State.Version) (_tail, _timeline) = (SettingsTail.Begin, new SettingsTimeline()); // the history was restored under us: fold it anew
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

    /// <summary>The settings as they were when the version was the latest.</summary>
    /// <returns>null: there is no such version yet</returns>
    public Task<SettingsState?> AtAsync(long version, CancellationToken cancel) => AtAsync(_ => version, cancel);

    /// <summary>The settings as they were at a moment; a moment to come is now.</summary>
    public async Task<SettingsState> AtAsync(DateTimeOffset moment, CancellationToken cancel) =>
        (await AtAsync(timeline => timeline.VersionAt(moment), cancel))!;

    /// <summary>The change that gave each of a process's scopes its value of a key, narrowest first; without a change it is the schema's default.</summary>
    public async Task<IReadOnlyList<SettingSource>> SourcesAsync(SettingsSubject subject, string key, CancellationToken cancel)
    {
        var (state, origins) = await WithTimelineAsync(
            (tail, timeline) => (tail.State, subject.Scopes.Select(scope => (Scope: scope, Version: timeline.OriginOf(scope, key))).ToArray()), cancel);
        var sources = new List<SettingSource>();
        foreach (var (scope, version) in origins)
        {
            if (state.Values.Find(scope, key) is not { } value) continue;
            var change = version is { } from ? (await ChangesAsync(from, from, cancel)).SingleOrDefault() : null;
            sources.Add(new SettingSource(scope, value, change?.Version, change?.At, change?.Who, change?.Why));
        }
        return sources;
    }

    private async Task<SettingsState?> AtAsync(Func<SettingsTimeline, long> which, CancellationToken cancel)
    {
        var (version, mark) = await WithTimelineAsync((_, timeline) =>
        {
            var asked = which(timeline);
            return (asked, asked < 0 || asked > timeline.Version ? null : timeline.MarkBefore(asked));
        }, cancel);
        if (mark is null || mark.Version == version) return mark;
        return (await ChangesAsync(mark.Version + 1, version, cancel)).Aggregate(mark, SettingsState.Evolve);
    }

    private async Task<T> WithTimelineAsync<T>(Func<SettingsTail, SettingsTimeline, T> read, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            return read(await CatchUpAsync(cancel), _timeline);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<SettingsTail> CatchUpAsync(CancellationToken cancel)
    {
        var changes = await ChangesAsync(_tail.State.Version + 1, 0, cancel);
        return changes.Count == 0 ? _tail : Take(changes);
    }

    private SettingsTail Take(IReadOnlyList<SettingsChange> changes)
    {
        foreach (var change in changes) _timeline.Add(change);
        return _tail = _tail.With(changes);
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
