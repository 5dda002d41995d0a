using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// The hunts a lane's worker holds in memory. Their state runs ahead of the store while a commit is out, by two batches at most, so after any
/// commit error everything is dropped and read again. A lane that was given up keeps them: when it comes back, what others wrote
/// meanwhile is read after them. Holds what is being played: a hunt takes some 90 bytes for each of its last
/// 20,000 actions. One worker's own; not thread-safe.
/// </summary>
public sealed class HuntCache(FactReader reader, Checkpoints checkpoints, Seal seal, TimeProvider time)
{
    /// <summary>Hunts in memory at most per lane; the longest unused goes first.</summary>
    public const int MaxHuntsPerLane = 2_000;

    /// <summary>A hunt without an action for so long is let go; its next action reads it again: its checkpoint and the events after it.</summary>
    public static readonly TimeSpan MaxIdle = TimeSpan.FromMinutes(1);

    /// <summary>A hunt that others took further than this is read anew when it is played: there may be a later checkpoint.</summary>
    private const int MaxBehind = 5_000;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, CachedHunt> _hunts = new(StringComparer.Ordinal);
    private long _looked = time.GetTimestamp();
    private bool _inDoubt;

    public int Count => _hunts.Count;

    public IEnumerable<CachedHunt> All => _hunts.Values;

    /// <summary>In memory; null: not there.</summary>
    public CachedHunt? Find(string slug) => _hunts.GetValueOrDefault(slug);

    /// <summary>In memory, and what the store has of it.</summary>
    public bool Has(string slug) => !_inDoubt && _hunts.ContainsKey(slug);

    /// <summary>How often it was cleared: what was decided before that is worth nothing.</summary>
    public int Clears { get; private set; }

    public void Clear()
    {
        Clears++;
        _hunts.Clear();
        _inDoubt = false;
    }

    /// <summary>Others may have written: before a hunt is used again the store is asked where it stands. Call it where no batch is under way.</summary>
    public void Doubt() => _inDoubt = _hunts.Count > 0;

    /// <summary>From memory, else from the checkpoint and the events after it.</summary>
    public async ValueTask<CachedHunt> GetAsync(string slug, CancellationToken cancel)
    {
        if (_inDoubt) await CatchUpAsync(cancel);
        if (!_hunts.TryGetValue(slug, out var cached))
        {
            cached = await LoadAsync(slug, cancel);
            if (_hunts.Count >= MaxHuntsPerLane) _hunts.Remove(_hunts.MinBy(pair => pair.Value.LastUsed).Key);
            _hunts[slug] = cached;
        }
        cached.LastUsed = time.GetTimestamp();
        return cached;
    }

    /// <summary>Lets go of hunts that nobody plays. Call it where no batch is under way.</summary>
    public void LetGoOfIdle()
    {
        if (time.GetElapsedTime(_looked) < LookEvery) return;
        _looked = time.GetTimestamp();
        foreach (var (slug, hunt) in _hunts)
            if (time.GetElapsedTime(hunt.LastUsed, _looked) > MaxIdle) _hunts.Remove(slug);
    }

    /// <summary>Most hunts stand where they did; of the others the events that came since are read. Those that nobody played for long go.</summary>
    private async Task CatchUpAsync(CancellationToken cancel)
    {
        LetGoOfIdle();
        var stored = await reader.VersionsAsync(_hunts.Keys, cancel);
        foreach (var (slug, cached) in _hunts.ToArray())
        {
            var behind = stored.GetValueOrDefault(slug) - cached.Hunt.Version;
            if (behind is < 0 or > MaxBehind || cached.Halted is not null) _hunts.Remove(slug); // below 0: the store was put back; halted: it may be mended
            else if (behind > 0) _hunts[slug] = await ReadOnAsync(cached.Hunt, cached.CheckpointVersion, cached.LastUsed, cancel);
        }
        _inDoubt = false;
    }

    private async Task<CachedHunt> LoadAsync(string slug, CancellationToken cancel)
    {
        var hunt = await checkpoints.ReadAsync(slug, cancel) ?? new Hunt(slug);
        return await ReadOnAsync(hunt, hunt.Version, time.GetTimestamp(), cancel);
    }

    private async Task<CachedHunt> ReadOnAsync(Hunt hunt, long checkpointVersion, long lastUsed, CancellationToken cancel)
    {
        try
        {
            await foreach (var (version, fact) in reader.ReadAsync(hunt.Slug, hunt.Version, cancel)) hunt.Evolve(version, fact);
            var cached = new CachedHunt(hunt, checkpointVersion) { LastUsed = lastUsed };
            cached.Compile(seal);
            return cached;
        }
        catch (Exception e) when (e is UnknownFactException or SealBrokenException)
        {
            // Never fold past what we do not know: this hunt stands still, its lane goes on.
            return CachedHunt.Halt(hunt.Slug, e.Message);
        }
    }
}

public sealed class CachedHunt(Hunt hunt, long checkpointVersion)
{
    public Hunt Hunt { get; } = hunt;
    public Rules? Rules { get; private set; }
    public long CheckpointVersion { get; set; } = checkpointVersion;

    /// <summary>Why the hunt must not be decided any further; null: it goes on.</summary>
    public string? Halted { get; private init; }

    /// <summary>Timestamp.</summary>
    internal long LastUsed { get; set; }

    public static CachedHunt Halt(string slug, string cause) => new(new Hunt(slug), 0) { Halted = cause };

    /// <summary>Opens the definition's answers after it has changed.</summary>
    public void Compile(Seal seal) =>
        Rules = Hunt.Life.Definition is { } definition ? Rules.Compile(definition, seal) : null;
}
