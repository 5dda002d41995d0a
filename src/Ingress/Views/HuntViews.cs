using System.Collections.Concurrent;
using Npgsql;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.ServiceDefaults.Memory;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Views;

/// <summary>
/// The views of the hunts somebody looks at. The feed's consumer calls <see cref="Hear"/> in order; requests ask for
/// keepers. Thread-safe.
/// </summary>
public sealed class HuntViews(HuntDirectory directory, FactReader facts, StageTimes stages, TimeProvider clock, ILogger<HuntViews> log)
{
    public const int MaxViewsPerGeneration = 1_000;
    public static readonly TimeSpan LoadTimeout = TimeSpan.FromSeconds(5);

    private readonly TwoGenerations<string, ViewKeeper> _keepers = new(MaxViewsPerGeneration, StringComparer.Ordinal);

    private readonly FoldedAnnouncements _folded = new();
    // Those that are followed; how many is bounded by who pins them.
    private readonly ConcurrentDictionary<string, ViewKeeper> _pinned = new(StringComparer.Ordinal);

    // Rises with every connection of the feed: what was true before it must be checked again.
    private int _epoch;
    private volatile bool _feedIsUp;

    public int Epoch => Volatile.Read(ref _epoch);

    public void FeedIsUp()
    {
        Interlocked.Increment(ref _epoch);
        _feedIsUp = true;
    }

    public void FeedIsDown() => _feedIsUp = false;

    /// <summary>When a view had folded a version of a hunt, timestamp; null: no view did at once, or it is too long ago.</summary>
    public long? FoldedAt(string hunt, long version) => _folded.Find(hunt, version);

    public void Hear(CommittedFacts committed)
    {
        List<HuntFacts>? folded = null;
        foreach (var hunt in committed.Hunts)
        {
            if (hunt.Facts.MayPublish())
                foreach (var fact in hunt.Facts.TryRead() ?? [])
                    if (fact.Fact is HuntPublished published) directory.Saw(hunt.Hunt, published.Definition);
            if ((_pinned.TryGetValue(hunt.Hunt, out var keeper) || _keepers.TryPeek(hunt.Hunt, out keeper)) && keeper.Hear(hunt, Epoch)) (folded ??= []).Add(hunt);
        }
        if (folded is not null) Folded(committed, folded);
    }

    private void Folded(CommittedFacts committed, List<HuntFacts> hunts)
    {
        _folded.Add(clock.GetTimestamp(), hunts);
        if (committed.CommittedAt is not { } at) return;
        var took = clock.GetUtcNow() - at;
        stages.Record(Stage.Visible, took);
        if (committed.TraceParent is { } batch) Tracing.Span(Stage.Visible, Tracing.Carried(batch), at, took);
    }

    /// <summary>Keeps a hunt's view in memory until <see cref="Unpin"/>, however many others are looked at.</summary>
    /// <returns>the one that is kept</returns>
    public ViewKeeper Pin(string hunt, ViewKeeper keeper) => _pinned.GetOrAdd(hunt, keeper);

    public void Unpin(string hunt)
    {
        if (_pinned.TryRemove(hunt, out var keeper)) _keepers.Set(hunt, keeper);
    }

    /// <summary>A published hunt's view, loaded and trusted; or 404 or 503.</summary>
    public async ValueTask<(ViewKeeper? Keeper, Problem? Problem)> GetAsync(string hunt, CancellationToken cancel)
    {
        var (definition, problem) = await directory.FindAsync(hunt, cancel);
        if (definition is null) return (null, problem);
        if (!_pinned.TryGetValue(hunt, out var keeper)) keeper = _keepers.GetOrAdd(hunt, slug => new ViewKeeper(slug, facts, clock));
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timeout.CancelAfter(LoadTimeout);
            await keeper.RefreshAsync(Epoch, _feedIsUp, timeout.Token);
            return (keeper, null);
        }
        catch (UnknownFactException e)
        {
            log.LogError("The view of hunt {Hunt} stands still: {Error}", hunt, e.Message);
            return (null, Problem.Of(503, ProblemTypes.HuntHalted, "Hunt halted", e.Message).Later(30));
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            log.LogWarning("The view of hunt {Hunt} could not be loaded: {Error}", hunt, e.Message);
            return (null, AcceptanceProblems.StoreAway());
        }
    }
}
