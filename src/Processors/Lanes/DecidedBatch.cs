using TreasureHunt.Contracts.Facts;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Processors.Lanes;

/// <summary>What a batch came to, before and after its commit.</summary>
public sealed class DecidedBatch
{
    public BatchWrites Writes { get; } = new();

    public BatchTimes Times { get; } = new();

    /// <summary>One per action, in order.</summary>
    public List<Verdict> Verdicts { get; } = [];

    /// <summary>Hunts the batch touched, with what it adds to each; nothing where all was decided before.</summary>
    public Dictionary<CachedHunt, HuntWrites> Touched { get; } = [];

    /// <summary>The hunt is as it was before the batch when this is first asked.</summary>
    public HuntWrites WritesOf(CachedHunt cached)
    {
        if (!Touched.TryGetValue(cached, out var writes)) Touched[cached] = writes = new HuntWrites(cached.Hunt.Slug, cached.Hunt.Version, []);
        return writes;
    }
}

/// <summary>What became of one action of the batch.</summary>
/// <param name="Fact">the new fact; null for a repeated action, a conflict, and an action of a halted hunt</param>
public readonly record struct Verdict(VerdictKind Kind, Guid EventId, long Version = 0, HuntFact? Fact = null);

public enum VerdictKind
{
    Decided,
    /// <summary>This very action was decided before; its fact is in the store.</summary>
    Repeated,
    /// <summary>Same id, other body.</summary>
    Conflict,
    /// <summary>Kept as a parked row only: its hunt is halted.</summary>
    Parked,
}
