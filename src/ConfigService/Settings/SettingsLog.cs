using Marten;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>
/// The settings stream, and the one of proposals beside it, folded. What is stored is truth: a decision is appended to the version it
/// was made on, or made again on a later one, so that several ConfigServices on one store agree. Thread-safe.
/// </summary>
/// <param name="calls">null: straight</param>
/// <param name="clock">null: the system's</param>
public sealed class SettingsLog(IDocumentStore store, StoreCalls? calls = null, TimeProvider? clock = null)
{
    /// <summary>What others proposed is looked for so often: a storm of changes does not ask for each.</summary>
    private static readonly TimeSpan ProposalsGoodFor = TimeSpan.FromMilliseconds(250);

    /// <summary>Changes one history page may hold.</summary>
    public const int MaxHistory = 1000;

    /// <summary>Changes read in one call: a history of any length is read, each call well within its timeout, and goes on where it was broken off.</summary>
    private const int PerRead = 5_000;

    /// <summary>Decisions committed together at most.</summary>
    private const int MaxTogether = 256;

    /// <summary>In a storm, above five hundred decisions a second, those of this time are committed together. A transaction costs the machine as much as many decisions.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromMilliseconds(15), PerDecision = TimeSpan.FromMilliseconds(2);

    private const int MaxAttempts = 5;
    private readonly Queue<AskedDecision> _asked = []; // under its own lock
    private readonly SettingsEvents _events = new(store, calls ?? StoreCalls.Straight);
    private readonly Rounds _rounds = new(() => LongestRound, TimeProvider.System, PerDecision); // a wait for others, not a time that anything is decided by
    private readonly SemaphoreSlim _one = new(1);
    private volatile SettingsTail _tail = SettingsTail.Begin;
    private volatile SettingsSituation _situation = SettingsSituation.Begin; // as far as _tail, with the proposals beside it
    private SettingsTimeline _timeline = new(); // only while _one is held; as far as _tail
    private readonly TimeProvider _time = clock ?? TimeProvider.System;
    private volatile bool _wasRead;
    private long? _proposalsRead; // when; only while _one is held

    /// <summary>
    /// What this process has just stored, each once and in order, whether or not those who asked for it are still there. Raised while the log is
    /// held: it must be quick.
    /// </summary>
    public event Action<IReadOnlyList<SettingsChange>, IReadOnlyList<ProposalEvent>>? Committed;

    /// <summary>To its end, at least once: before that nothing that is asked for can be answered at once.</summary>
    public bool WasRead => _wasRead;

    /// <summary>As last read; committed, but perhaps no longer the latest.</summary>
    public SettingsTail LastRead => _tail;

    /// <summary>As last read, with the proposals.</summary>
    public SettingsSituation Situation => _situation;

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

    /// <summary>
    /// Decide, append; load, fold and again when another ConfigService was faster. Decisions that are asked for while one is being
    /// stored are stored together in the next transaction, each on top of the one before it.
    /// </summary>
    /// <param name="decide">pure; it may be called again for a later state</param>
    /// <returns>the decision, and the state after it</returns>
    public async Task<(SettingsDecision Decision, SettingsState State)> DecideAsync(Func<SettingsSituation, SettingsDecision> decide, CancellationToken cancel)
    {
        var asked = new AskedDecision(decide);
        lock (_asked) _asked.Enqueue(asked);
        try
        {
            await Task.WhenAny(_rounds.JoinAsync(cancel), asked.Answer.Task); // whose round is still filling may be answered with the one before
            if (asked.Answer.Task.IsCompleted) return await asked.Answer.Task;
            await _one.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            asked.Answer.TrySetCanceled(cancel); // nobody waits for it any more
            throw;
        }
        try
        {
            while (!asked.Answer.Task.IsCompleted)
            {
                var together = NextAsked();
                _rounds.Took(together.Count);
                await DecideTogetherAsync(together);
            }
        }
        finally
        {
            _one.Release();
        }
        return await asked.Answer.Task;
    }

    private List<AskedDecision> NextAsked()
    {
        var next = new List<AskedDecision>();
        lock (_asked)
            while (next.Count < MaxTogether && _asked.TryDequeue(out var asked))
                if (!asked.Answer.Task.IsCompleted) next.Add(asked);
        return next;
    }

    /// <summary>Answers all of them, with an exception when it could not be stored. Whoever asked may have gone; the decision stands.</summary>
    private async Task DecideTogetherAsync(List<AskedDecision> together)
    {
        try
        {
            var (attempt, isLatest) = (1, false);
            while (true)
            {
                // A change that others made is told by the append, which then fails; what they propose is not.
                if (isLatest || await WasProposedAsync()) await CatchUpAsync(CancellationToken.None);
                var round = SettingsRound.Of(together, _situation);
                if ((isLatest || round.IsTestedByItsAppend) && await StoredAsync(round, last: attempt++ == MaxAttempts))
                {
                    try
                    {
                        if (!round.IsEmpty) Committed?.Invoke(round.Changes, round.Planned);
                    }
                    finally
                    {
                        round.Answer(); // stored is stored
                    }
                    return;
                }
                isLatest = true;
            }
        }
        catch (Exception e)
        {
            foreach (var asked in together) asked.Answer.TrySetException(e);
        }
    }

    private async Task<bool> WasProposedAsync()
    {
        if (_proposalsRead is { } read && _time.GetElapsedTime(read) < ProposalsGoodFor) return false;
        var began = _time.GetTimestamp();
        var isNew = await _events.ProposalsAsync(_situation.Proposals.Version + 1, CancellationToken.None) is { Count: > 0 };
        _proposalsRead = began;
        return isNew;
    }

    /// <returns>false: another was faster; what it stored is read</returns>
    /// <param name="last">true: <see cref="SettingsContendedException"/> instead</param>
    private async Task<bool> StoredAsync(SettingsRound round, bool last)
    {
        try
        {
            if (round.IsEmpty) return true;
            await _events.AppendAsync(round.Changes, round.Planned, round.After.Proposals.Version);
            Take(round.Changes, round.Planned);
            return true;
        }
        catch (Exception e) when (SettingsEvents.IsLostRace(e))
        {
            if (last) throw new SettingsContendedException(e);
            await CatchUpAsync(CancellationToken.None);
            if (_situation.State.Version == round.Before.State.Version && _situation.Proposals.Version == round.Before.Proposals.Version) // the history was restored under us: fold it anew
                (_tail, _situation, _timeline) = (SettingsTail.Begin, SettingsSituation.Begin, new SettingsTimeline());
            return false;
        }
    }

    /// <summary>Changes in order: those after a version, or without one the last there are.</summary>
    public async Task<IReadOnlyList<SettingsChange>> HistoryAsync(long? after, int limit, CancellationToken cancel)
    {
        var first = after is { } version ? version + 1 : Math.Max(1, (await ReadAsync(cancel)).State.Version - limit + 1);
        return await _events.ChangesAsync(first, first + limit - 1, cancel);
    }

    /// <summary>Changes after a version, in order, each with the place of its event among all events of this store.</summary>
    public async Task<IReadOnlyList<(SettingsChange Change, long Sequence)>> CommittedAsync(long after, int limit, CancellationToken cancel)
    {
        if (after >= (await ReadAsync(cancel)).State.Version) return [];
        return await _events.CommittedAsync(after + 1, after + limit, cancel);
    }

    /// <summary>The settings as they were when the version was the latest.</summary>
    /// <returns>null: there is no such version yet</returns>
    public Task<SettingsMark?> AtAsync(long version, CancellationToken cancel) => AtAsync(_ => version, cancel);

    /// <summary>The settings as they were at a moment; a moment to come is now.</summary>
    public async Task<SettingsMark> AtAsync(DateTimeOffset moment, CancellationToken cancel) =>
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
            var change = version is { } from ? (await _events.ChangesAsync(from, from, cancel)).SingleOrDefault() : null;
            sources.Add(new SettingSource(scope, value, change?.Version, change?.At, change?.Who, change?.Why, change?.Until, change?.ApprovedBy, change?.BreakGlass));
        }
        return sources;
    }

    private async Task<SettingsMark?> AtAsync(Func<SettingsTimeline, long> which, CancellationToken cancel)
    {
        var (version, mark) = await WithTimelineAsync((_, timeline) =>
        {
            var asked = which(timeline);
            return (asked, asked < 0 || asked > timeline.Version ? null : timeline.MarkBefore(asked));
        }, cancel);
        if (mark is null || mark.State.Version == version) return mark;
        return (await _events.ChangesAsync(mark.State.Version + 1, version, cancel)).Aggregate(mark, (past, change) => past.With(change));
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
        // Proposals are read first and taken last: what one of them became is then in the settings, never the other way round.
        var planned = await _events.ProposalsAsync(_situation.Proposals.Version + 1, cancel);
        for (var isLast = false; !isLast;)
        {
            var changes = await _events.ChangesAsync(_tail.State.Version + 1, _tail.State.Version + PerRead, cancel);
            isLast = changes.Count < PerRead;
            if (changes.Count + planned.Count > 0) Take(changes, isLast ? planned : []);
        }
        _wasRead = true;
        return _tail;
    }

    private SettingsTail Take(IReadOnlyList<SettingsChange> changes, IReadOnlyList<ProposalEvent> planned)
    {
        foreach (var change in changes) _timeline.Add(change);
        _situation = planned.Aggregate(changes.Aggregate(_situation, (situation, change) => situation.With(change)), (situation, happened) => situation.With(happened));
        return _tail = _tail.With(changes);
    }
}
