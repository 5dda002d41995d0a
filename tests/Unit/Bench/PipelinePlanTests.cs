using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>The hunts that `bench pipeline` is asked to play.</summary>
public sealed class PipelinePlanTests
{
    [Fact]
    public void Without_options_it_plays_400_hunts_of_10_teams()
    {
        var plan = Parse();
        Assert.Equal((400, 10), (plan.Hunts, plan.Teams));
    }

    [Fact]
    public void Hunts_and_teams_are_as_asked()
    {
        var plan = Parse("--only", "lanes", "--no-views", "--hunts", "100", "--teams", "100");
        Assert.Equal((100, 100, "lanes", false), (plan.Hunts, plan.Teams, plan.Only, plan.Views));
        Assert.Equal((10_000, 10), (Parse("--hunts", "10000").Hunts, Parse("--hunts", "10000").Teams));
    }

    [Fact]
    public void The_actions_are_spread_as_asked()
    {
        Assert.Equal("zipf", Parse().Mix);
        foreach (var mix in DoorPlan.Mixes) Assert.Equal(mix, Parse("--mix", mix).Mix);
        Assert.NotEmpty(PipelinePlan.Command((_, _, _) => Task.FromResult(ExitCode.Ok)).Parse(["--mix", "even"]).Errors);
    }

    [Theory]
    [InlineData("--teams is a whole number from 1 to 1000.", "--teams", "0")]
    [InlineData("--teams is a whole number from 1 to 1000.", "--teams", "1001", "--hunts", "1")]
    [InlineData("--hunts is a whole number from 1 to 10000.", "--hunts", "10001")]
    [InlineData("--hunts times --teams is 100,400 teams; 100,000 is the most.", "--teams", "251")]
    [InlineData("--hunts times --teams is 200,000 teams; 100,000 is the most.", "--teams", "100", "--hunts", "2000")]
    public void Too_few_and_too_many_of_them_are_refused(string reason, params string[] args) => Assert.Equal(
        [reason], PipelinePlan.Command((_, _, _) => Task.FromResult(ExitCode.Ok)).Parse(args).Errors.Select(error => error.Message));

    [Theory]
    [InlineData("--teams", "many")]
    [InlineData("--teams", "100", "--hunts", "many")]
    [InlineData("--teams")]
    public void What_is_no_number_is_refused(params string[] args) =>
        Assert.NotEmpty(PipelinePlan.Command((_, _, _) => Task.FromResult(ExitCode.Ok)).Parse(args).Errors);

    private static PipelinePlan Parse(params string[] args)
    {
        PipelinePlan? asked = null;
        var parsed = PipelinePlan.Command((plan, _, _) =>
        {
            asked = plan;
            return Task.FromResult(ExitCode.Ok);
        }).Parse(args);
        Assert.Empty(parsed.Errors);
        Assert.Equal(0, parsed.Invoke());
        return asked!;
    }
}
