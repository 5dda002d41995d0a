using TreasureHunt.Cli.Bench;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Unit.Bench;

public sealed class PipelineResultTests
{
    [Fact]
    public void A_ratio_is_taken_within_its_round_and_the_median_of_those()
    {
        var result = Result(
            Round(1, Arm("lanes", 10_000), Arm("batch", 1_000)),  // 10
            Round(2, Arm("lanes", 4_000), Arm("batch", 100)),     // 40: a bad moment for both
            Round(3, Arm("lanes", 12_000), Arm("batch", 1_000))); // 12

        Assert.Equal(new Spread(12, 10, 40), result.Ratios["batch"]);
        Assert.Equal(new Spread(1, 1, 1), result.Ratios["lanes"]);
        Assert.Equal(new Spread(10_000, 4_000, 12_000), result.PerSecond["lanes"]);
    }

    [Fact]
    public void Arms_with_fewer_actions_are_compared_by_those_both_had()
    {
        var lanes = Arm("lanes", 1, "found", "wrong", "wrong", "wrong", "refused");

        Assert.Equal(0, lanes.Difference(Arm("batch", 1, "found", "wrong")));
        Assert.Equal(0, lanes.Difference(Arm("batch", 1, "wrong", "found"))); // one for the other: both were judged, in another order
        Assert.Equal(0.5, lanes.Difference(Arm("batch", 1, "found", "refused")));
        Assert.Equal(0.2, lanes.Difference(Arm("batch", 1, "found", "wrong", "wrong", "wrong", "wrong")), 3);
    }

    [Fact]
    public void The_worst_arm_of_the_worst_round_says_how_far_the_arms_differ() => Assert.Equal(0.5, Result(
        Round(1, Arm("lanes", 1, "found", "wrong"), Arm("batch", 1, "found", "wrong")),
        Round(2, Arm("lanes", 1, "found", "wrong"), Arm("batch", 1, "found", "refused"))).Difference);

    [Fact]
    public void One_arm_that_loses_an_action_makes_the_run_void()
    {
        Assert.True(Result(Round(1, Arm("lanes", 1), Arm("batch", 1))).Conserved);
        Assert.False(Result(Round(1, Arm("lanes", 1), Arm("batch", 1) with { Conservation = Books(lost: 1) })).Conserved);
    }

    private static PipelineResult Result(params RoundResult[] rounds) => new(
        DateTimeOffset.UnixEpoch, "", "", new PipelinePlan(1, 1, 1, rounds.Length, null, 0, null, null, false, false, false) { Arms = ["lanes", "batch"] },
        new Machine(2, "", "", "", new Dictionary<string, string>()), new Dictionary<string, string>(), rounds);

    private static RoundResult Round(int number, params ArmResult[] arms) => new(number, arms);

    private static ArmResult Arm(string name, double perSecond, params string[] facts) => new(
        name, 0, perSecond, perSecond, new Cost(0, 0, 0, 0, 0, 0, 0, 0), 0, 0, new Dictionary<string, long>(), [], Books(lost: 0)) { FactByPlace = facts };

    private static Conservation Books(long lost) => new(1, 1 - lost, lost, 0, 0, 0, 0, true, 0, 0, new Dictionary<string, long>());
}
