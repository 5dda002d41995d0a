using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Views;
using TreasureHunt.Ingress.Feed;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Views;

/// <summary>
/// One hunt's view, kept up to date: facts that pass by are folded at once; whatever did not pass by (the beginning, a
/// gap, a lost connection) is read from the store, where every announced fact is. Thread-safe.
/// </summary>
public sealed class ViewKeeper
{
    /// <summary>Facts folded under one hold of the lock while catching up.</summary>
    private const int FactsPerHold = 512;

    /// <summary>Requests that wait for a version of one hunt.</summary>
    public const int MaxWaiters = 1_000;

    /// <summary>A view that heard nothing for this long asks the store whether it missed something.</summary>
    public static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(5);

    /// <summary>Without a feed the store is asked this often.</summary>
    public static readonly TimeSpan TrustedWithoutFeed = TimeSpan.FromMilliseconds(250);

    private readonly string _hunt;
    private readonly FactReader _facts;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();

    // All below under _lock.
    private readonly HuntView _view;
    private readonly KeptBoard _board;
    private readonly TeamPages _pages = new();
    private FeedLog? _feed;
    private readonly List<(long Version, TaskCompletionSource Reached)> _waiters = [];
    private DateTimeOffset _lastAt;
    private long _target;
    private Task? _catchUp;
    private Task? _verification;
    private bool _loaded;
    private long _trustedAt;
    private int _trustedEpoch = -1;

    // Written under _lock, read by anyone.
    private volatile Freezes _freezes = Freezes.None;

    public ViewKeeper(string hunt, FactReader facts, TimeProvider clock)
    {
        (_hunt, _facts, _clock, _view) = (hunt, facts, clock, new HuntView(hunt));
        _board = new KeptBoard(_view, clock);
    }

    /// <summary>What the board's freezes hold back, as far as the view has come.</summary>
    public Freezes Freezes => _freezes;

    /// <summary>From here on every fact is kept for the hunt's feed too, until <see cref="Unfollow"/>.</summary>
    public FeedLog Follow()
    {
        lock (_lock) return _feed ??= new FeedLog(_view.Version);
    }

    public void Unfollow()
    {
        lock (_lock) _feed = null;
    }

    /// <summary>Folds what the feed brought, or goes and reads what is missing before it. Called in the feed's order.</summary>
    /// <returns>true: it is folded</returns>
    public bool Hear(HuntFacts heard, int epoch)
    {
        var facts = heard.Facts.TryRead();
        lock (_lock)
        {
            if (heard.After <= _view.Version && _loaded && facts is not null) // else the store says what is wrong with them
            {
                foreach (var fact in facts) Fold(fact);
                _view.AdvanceTo(heard.UpTo);
                if (_trustedEpoch == epoch) _trustedAt = _clock.GetTimestamp();
                WakeWaiters();
                _feed?.Reach(_view.Version);
                return true;
            }
            CatchUpTo(heard.UpTo);
            return false;
        }
    }

    /// <summary>
    /// Loads the view at first use, and has it checked against the store when it cannot be trusted. A first load is
    /// waited for; a check only delays its reader.
    /// </summary>
    /// <param name="epoch">number of the feed's present connection</param>
    /// <exception cref="Npgsql.NpgsqlException">the store does not answer, and there is nothing to show yet</exception>
    /// <exception cref="UnknownFactException">the stream goes on with a fact this build does not know</exception>
    /// <exception cref="OperationCanceledException">cancelled while it was loading</exception>
    public async Task RefreshAsync(int epoch, bool feedIsUp, CancellationToken cancel)
    {
        Task verification;
        bool loaded;
        lock (_lock)
        {
            var trusted = feedIsUp ? TrustedFor : TrustedWithoutFeed;
            if (_loaded && (_trustedEpoch == epoch || !feedIsUp) && _clock.GetElapsedTime(_trustedAt) < trusted) return;
            loaded = _loaded;
            verification = _verification ??= Task.Run(() => VerifyAsync(epoch), CancellationToken.None);
        }
        try
        {
            await verification.WaitAsync(cancel);
        }
        catch (Npgsql.NpgsqlException) when (loaded)
        {
            // what we have is shown, with its version; the next reader tries again
        }
    }

    /// <summary>Waits until the view has the version. Asks the store once on the way, in case the announcement was lost.</summary>
    /// <returns>false: not in time, or too many wait already</returns>
    public async Task<bool> ReachAsync(long version, TimeSpan wait, int epoch, CancellationToken cancel)
    {
        TaskCompletionSource reached;
        lock (_lock)
        {
            if (_view.Version >= version) return true;
            if (_waiters.Count >= MaxWaiters) return false;
            reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((version, reached));
        }
        try
        {
            var soon = wait / 10;
            if (await InTimeAsync(reached.Task, soon, cancel)) return true;
            lock (_lock) _verification ??= Task.Run(() => VerifyAsync(epoch), CancellationToken.None);
            return await InTimeAsync(reached.Task, wait - soon, cancel);
        }
        finally
        {
            lock (_lock) _waiters.Remove((version, reached));
        }
    }

    /// <summary>Looks at the view; nothing of it may leave the function but what is immutable.</summary>
    public T Read<T>(Func<HuntView, TeamPages, DateTimeOffset, T> look)
    {
        lock (_lock) return look(_view, _pages, Now());
    }

    /// <summary>A part of the board: the first rows, or those around a team.</summary>
    /// <param name="live">what has happened since the freeze is seen too</param>
    /// <param name="atLeast">version the board must reflect; the view has reached it</param>
    /// <param name="around">null: from the top</param>
    /// <returns>null: the team is not on this board</returns>
    public BoardPart? Board(bool live, long atLeast, int count, string? around)
    {
        lock (_lock) return _board.Part(live, atLeast, count, around);
    }

    /// <summary>The hunt's clock: an imported hunt knows no wall clock, its time is that of its last fact.</summary>
    private DateTimeOffset Now() =>
        _view.Life.Definition?.Clock != Clock.Imported && _clock.GetUtcNow() is var now && now > _lastAt ? now : _lastAt;

    private async Task VerifyAsync(int epoch)
    {
        try
        {
            var stored = await _facts.VersionAsync(_hunt);
            Task? catchUp;
            lock (_lock)
            {
                if (stored > _view.Version || !_loaded) CatchUpTo(stored);
                catchUp = _catchUp;
            }
            if (catchUp is not null) await catchUp;
            lock (_lock)
            {
                _trustedEpoch = epoch;
                _trustedAt = _clock.GetTimestamp();
            }
        }
        finally
        {
            lock (_lock) _verification = null;
        }
    }

    /// <summary>Under the lock.</summary>
    private void CatchUpTo(long version)
    {
        _target = Math.Max(_target, version);
        _catchUp ??= Task.Run(CatchUpAsync, CancellationToken.None);
    }

    private async Task CatchUpAsync()
    {
        try
        {
            while (true)
            {
                long after, target;
                lock (_lock) (after, target) = (_view.Version, _target);
                var page = new List<VersionedFact>(FactsPerHold);
                await foreach (var fact in _facts.ReadAsync(_hunt, after))
                {
                    page.Add(fact);
                    if (page.Count == FactsPerHold) FoldPage(page);
                }
                FoldPage(page);
                lock (_lock)
                {
                    if (_target > target) continue; // it went on meanwhile
                    _loaded = true;
                    _catchUp = null;
                    WakeWaiters();
                    return;
                }
            }
        }
        catch
        {
            lock (_lock) _catchUp = null;
            throw;
        }
    }

    private void FoldPage(List<VersionedFact> page)
    {
        lock (_lock)
        {
            foreach (var fact in page) Fold(fact);
            _feed?.Reach(_view.Version);
        }
        page.Clear();
    }

    /// <summary>Under the lock.</summary>
    private void Fold(VersionedFact fact)
    {
        if (fact.Version <= _view.Version) return;
        _view.Apply(fact.Version, fact.Fact);
        _pages.Apply(fact);
        _board.Apply(fact);
        _freezes = _freezes.After(fact.Version, _view.StandsStill);
        if (_feed is not null && FeedEntry.Of(fact, _freezes) is { } entry) _feed.Add(entry);
        _lastAt = fact.Fact.Stamp!.At;
    }

    /// <summary>Under the lock.</summary>
    private void WakeWaiters()
    {
        if (_waiters.Count == 0) return;
        foreach (var (version, reached) in _waiters)
            if (version <= _view.Version) reached.TrySetResult();
    }

    private async Task<bool> InTimeAsync(Task task, TimeSpan wait, CancellationToken cancel)
    {
        await task.WaitAsync(wait, _clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.ThrowIfCancellationRequested();
        return task.IsCompletedSuccessfully;
    }
}
