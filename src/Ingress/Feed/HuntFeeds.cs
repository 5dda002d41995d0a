using System.Diagnostics.Metrics;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Feed;

/// <summary>Who follows which hunts: one <see cref="HuntFeed"/> for all clients of a hunt, and a seat for each client. Thread-safe.</summary>
public sealed class HuntFeeds
{
    public const int MaxHunts = 1_000, MaxConnectionsPerSubject = 16;

    private readonly HuntViews _views;
    private readonly FeedPages _pages;
    private readonly LiveSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILogger<HuntFeeds> _log;
    private readonly Counter<long> _cutOff, _leftBehind;
    private readonly Histogram<double> _age;
    private readonly Lock _lock = new();

    // All below under _lock.
    private readonly Dictionary<string, Followed> _followed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _bySubject = new(StringComparer.Ordinal);
    private int _connections;

    public HuntFeeds(HuntViews views, FeedPages pages, LiveSettings settings, TimeProvider clock, IMeterFactory meters, ILogger<HuntFeeds> log)
    {
        (_views, _pages, _settings, _clock, _log) = (views, pages, settings, clock, log);
        var meter = meters.Create("TreasureHunt");
        meter.CreateObservableGauge("hunt.feed.connections", () => Connections, "{connection}", "Feeds that are open");
        _cutOff = meter.CreateCounter<long>("hunt.feed.cut_off", "{connection}", "Feeds ended because their client did not read");
        _leftBehind = meter.CreateCounter<long>("hunt.feed.left_behind", "{connection}", "Times a client fell so far behind that it was sent to the store");
        _age = meter.CreateHistogram<double>("hunt.feed.age", "ms", "From the acceptance of an action to its fact in a client's connection, the oldest of each write");
    }

    public int Connections
    {
        get { lock (_lock) return _connections; }
    }

    /// <summary>A seat in the hunt's feed; or 429 or 503.</summary>
    /// <param name="keeper">the hunt's view, loaded</param>
    public (HuntFeed? Feed, Problem? Problem) Enter(Caller caller, string hunt, ViewKeeper keeper)
    {
        lock (_lock)
        {
            var ofSubject = _bySubject.GetValueOrDefault(caller.Subject);
            if (ofSubject >= MaxConnectionsPerSubject) return (null, TooMany());
            if (_connections >= _settings.Current.Ingress.FeedConnections) return (null, Full());
            if (!_followed.TryGetValue(hunt, out var followed))
            {
                if (_followed.Count >= MaxHunts) return (null, Full());
                _followed[hunt] = followed = new Followed(new HuntFeed(hunt, _views.Pin(hunt, keeper), _pages));
                _ = Task.Run(() => WatchAsync(hunt, followed.Left.Token), CancellationToken.None);
            }
            followed.Connections++;
            _connections++;
            _bySubject[caller.Subject] = ofSubject + 1;
            return (followed.Feed, null);
        }
    }

    public void Leave(Caller caller, HuntFeed feed)
    {
        lock (_lock)
        {
            _connections--;
            if (--_bySubject[caller.Subject] == 0) _bySubject.Remove(caller.Subject);
            var followed = _followed[feed.Hunt];
            if (--followed.Connections > 0) return;
            followed.Left.Cancel();
            _followed.Remove(feed.Hunt);
            feed.Keeper.Unfollow();
            _views.Unpin(feed.Hunt);
        }
    }

    public void CutOff() => _cutOff.Add(1);

    public void LeftBehind() => _leftBehind.Add(1);

    public void Wrote(DateTimeOffset at) => _age.Record((_clock.GetUtcNow() - at).TotalMilliseconds);

    /// <summary>A view that is only followed is asked by nobody whether it missed something: we do.</summary>
    private async Task WatchAsync(string hunt, CancellationToken left)
    {
        using var timer = new PeriodicTimer(ViewKeeper.TrustedWithoutFeed, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(left))
            {
                try
                {
                    await _views.GetAsync(hunt, left);
                }
                catch (Exception e) when (!left.IsCancellationRequested)
                {
                    _log.LogWarning("The feed of hunt {Hunt} could not be checked ({Why}); the next look is in a moment.", hunt, e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            // the last one has left
        }
    }

    private static Problem TooMany() => Problem.Of(429, ProblemTypes.RateExceeded, "Too many feeds",
        $"This token's subject has {MaxConnectionsPerSubject} feeds open already. Close one first.").Later(5);

    private static Problem Full() => Problem.Of(503, ProblemTypes.FeedsFull, "No feed left",
        "So many feeds are open here that no more are taken. Try again, or another ingress.").Later(5);

    private sealed class Followed(HuntFeed feed)
    {
        public HuntFeed Feed { get; } = feed;
        public CancellationTokenSource Left { get; } = new();
        public int Connections;
    }
}
