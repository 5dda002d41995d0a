using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>What the rivals are tuned by.</summary>
public sealed class RivalTuningTests
{
    [Fact]
    public void The_young_generation_is_said_to_the_runtime_by_its_own_spelling_in_hexadecimal() => Assert.All(Rival.All, rival => Assert.Equal(
        [new("DOTNET_GCGen0MaxBudget", (rival.Fastest.YoungMiB * 1_024 * 1_024).ToString("x"))], rival.Fastest.Variables));

    [Fact]
    public void Every_rival_was_offered_a_young_generation_of_16_and_of_64_MiB_and_no_candidate_twice() => Assert.All(Rival.All, rival =>
    {
        Assert.Superset(new HashSet<int> { 16, 64 }, rival.Candidates.Select(tuning => tuning.YoungMiB).ToHashSet());
        Assert.Equal(rival.Candidates.Count, rival.Candidates.Distinct().Count());
        Assert.Equal(rival.Candidates.Count, rival.Candidates.Select(tuning => $"{tuning}").Distinct().Count()); // the table shows what differs
    });
}
