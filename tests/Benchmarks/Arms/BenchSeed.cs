using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Arms;

/// <summary>What every run of a benchmark begins with.</summary>
/// <param name="Hunts">published, open, with their teams</param>
/// <param name="Views">the arms fold the analysts' tables</param>
/// <param name="OneHunt">one more, that the teams of all of them play too</param>
/// <param name="Teams">of each hunt</param>
public sealed record BenchSeed(int Hunts, bool Views = false, bool OneHunt = false, int Teams = BenchHunts.TeamsPerHunt)
{
    /// <summary>Where a benchmark has no reason for another number.</summary>
    public static BenchSeed Usual { get; } = new(400);
}
