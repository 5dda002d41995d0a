using TreasureHunt.Cli.Bench;

namespace TreasureHunt.Tests.Unit.Bench;

public sealed class BenchArmsTests
{
    [Theory]
    [InlineData("lanes,idiomatic", "lanes idiomatic")]
    [InlineData("idiomatic, batch", "lanes idiomatic batch")]
    [InlineData("by-hand,lanes", "lanes by-hand")]
    [InlineData("", "lanes")]
    public void The_lanes_are_always_in_and_first(string list, string arms) =>
        Assert.Equal(arms.Split(' '), BenchArms.Parse(list));

    [Theory]
    [InlineData("lanes,lanes")]
    [InlineData("lanes,lanes-again")]
    [InlineData("lanes-again")]
    public void Lanes_named_twice_run_twice(string list) => Assert.Equal([BenchArms.Lanes, BenchArms.LanesAgain], BenchArms.Parse(list));

    [Fact]
    public void An_unknown_arm_is_refused_with_those_there_are()
    {
        var wrong = Assert.Throws<FormatException>(() => BenchArms.Parse("lanes,wolverine"));

        Assert.Contains("'wolverine'", wrong.Message);
        Assert.All(BenchArms.All, arm => Assert.Contains(arm, wrong.Message));
    }

    [Theory]
    [InlineData("batch,batch")]
    [InlineData("lanes,lanes,lanes")]
    public void An_arm_runs_once_in_a_round(string list) => Assert.Throws<FormatException>(() => BenchArms.Parse(list));

    [Fact]
    public void Each_round_begins_with_the_next_arm()
    {
        string[] arms = ["lanes", "idiomatic", "batch"];

        Assert.Equal(["lanes", "idiomatic", "batch"], BenchArms.Order(arms, 1));
        Assert.Equal(["idiomatic", "batch", "lanes"], BenchArms.Order(arms, 2));
        Assert.Equal(["batch", "lanes", "idiomatic"], BenchArms.Order(arms, 3));
        Assert.Equal(BenchArms.Order(arms, 1), BenchArms.Order(arms, 4));
    }

    [Fact]
    public void Of_a_pair_the_rival_begins_in_the_even_rounds()
    {
        Assert.Equal(["lanes", "idiomatic"], BenchArms.Order(BenchArms.Default, 1));
        Assert.Equal(["idiomatic", "lanes"], BenchArms.Order(BenchArms.Default, 2));
    }

    [Fact]
    public void Fewer_actions_are_for_the_rivals_alone()
    {
        var plan = new PipelinePlan(50_000, 30_000, 400, 1, null, 0, null, null, false, false, false) { RivalActions = 10_000 };

        Assert.Equal((50_000, 30_000), plan.ActionsOf(BenchArms.Lanes));
        Assert.Equal((50_000, 30_000), plan.ActionsOf(BenchArms.RawLanes));
        Assert.Equal((10_000, 10_000), plan.ActionsOf(BenchArms.Idiomatic));
        Assert.Equal((50_000, 30_000), (plan with { RivalActions = null }).ActionsOf(BenchArms.Idiomatic));
    }
}
