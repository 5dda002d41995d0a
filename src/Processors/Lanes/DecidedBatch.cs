using TreasureHunt.Contracts.Facts;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Processors.Lanes;

/// <summary>What a batch came to, before and after its commit.</summary>
public sealed class DecidedBatch
{
    public BatchWrites Writes { get; } = new();

    /// <summary>One per action, in order.</summary>
    public List<Verdict> Verdicts { get; } = [];

    /// <summary>Hunts the batch touched, with the version each had before it.</summary>
    public Dictionary<CachedHunt, long> Touched { get; } = [];
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
