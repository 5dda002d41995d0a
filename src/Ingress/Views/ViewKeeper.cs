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
public sealed class ViewKeeper(string hunt, FactReader facts, TimeProvider clock)
{
    /// <summary>Facts folded under one hold of the lock while catching up.</summary>
    private const int FactsPerHold = 512;

    /// <summary>Requests that wait for a version of one hunt.</summary>
    public const int MaxWaiters = 1_000;

    /// <summary>A view that heard nothing for this long asks the store whether it missed something.</summary>
    public static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(5);

    /// <summary>Without a feed the store is asked this often.</summary>
    public static readonly TimeSpan TrustedWithoutFeed = TimeSpan.FromMilliseconds(250);

    /// <summary>A board with live values is sorted again no more often than this; its version says what it reflects.</summary>
    public static readonly TimeSpan BoardHolds = TimeSpan.FromMilliseconds(20);

    /// <summary>Teams moved on a board nobody asks for, before it is no longer kept in order.</summary>
    private const int MaxMovesUnasked = 10_000;

    private readonly Lock _lock = new();

    // All below under _lock.
    private BoardOrder? _order, _frozenOrder;
    private long _orderedVersion, _orderedAt;
    private int _movesUnasked;
    private readonly HuntView _view = new(hunt);
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
        lock (_lock)
        {
            if (heard.After <= _view.Version && _loaded)
            {
                foreach (var fact in heard.Facts) Fold(fact);
                _view.AdvanceTo(heard.UpTo);
                if (_trustedEpoch == epoch) _trustedAt = clock.GetTimestamp();
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
            if (_loaded && (_trustedEpoch == epoch || !feedIsUp) && clock.GetElapsedTime(_trustedAt) < trusted) return;
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
        lock (_lock)
        {
            var (order, version) = Order(live, atLeast);
            var first = 0;
            if (around is not null)
            {
                var index = order.IndexOf(around);
                if (index < 0) return null;
                first = Math.Max(0, Math.Min(index - count / 2, order.Count - count));
            }
            return new BoardPart(version, order.Count, order.Rows(first, count));
        }
    }

    /// <summary>Under the lock.</summary>
    private (BoardOrder Order, long Version) Order(bool live, long atLeast)
    {
        if (!live && _view.StandsStill)
        {
            if (_frozenOrder?.Standings != _view.Public) _frozenOrder = new BoardOrder(_view.Public);
            return (_frozenOrder!, _view.Version);
        }
        _frozenOrder = live ? _frozenOrder : null;
        _movesUnasked = 0;
        if (_order is null || (_order.IsStale && (_orderedVersion < atLeast || clock.GetElapsedTime(_orderedAt) >= BoardHolds)))
        {
            if (_order is null) _order = new BoardOrder(_view.Live);
            else _order.Sort();
            (_orderedVersion, _orderedAt) = (_view.Version, clock.GetTimestamp());
        }
        return (_order, _order.IsStale ? _orderedVersion : _view.Version);
    }

    /// <summary>Under the lock.</summary>
    private void KeepOrder(VersionedFact fact)
    {
        if (_order is null or { IsStale: true }) return;
        if (++_movesUnasked > MaxMovesUnasked)
        {
            _order = null;
            return;
        }
        _order.Apply(fact.Fact);
        if (_order.IsStale) _orderedVersion = fact.Version - 1;
    }

    /// <summary>The hunt's clock: an imported hunt knows no wall clock, its time is that of its last fact.</summary>
    private DateTimeOffset Now() =>
        _view.Life.Definition?.Clock != Clock.Imported && clock.GetUtcNow() is var now && now > _lastAt ? now : _lastAt;

    private async Task VerifyAsync(int epoch)
    {
        try
        {
            var stored = await facts.VersionAsync(hunt);
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
                _trustedAt = clock.GetTimestamp();
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
                await foreach (var fact in facts.ReadAsync(hunt, after))
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
        KeepOrder(fact);
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
        await task.WaitAsync(wait, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.ThrowIfCancellationRequested();
        return task.IsCompletedSuccessfully;
    }
}
