using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Tests.Unit.Bench;

public sealed class ClaimsPlanTests
{
    [Fact]
    public void Without_options_it_is_the_whole_table_with_A1_first()
    {
        var plan = Parse();
        Assert.Equal(ClaimsPlan.AllArms, plan.Arms);
        Assert.Equal(ClaimsPlan.AllConditions, plan.Conditions);
        Assert.Equal(("A1", "healthy"), plan.Cells.First());
        Assert.False(plan.Again || plan.Short || plan.Json);
    }

    [Fact]
    public void Constants_and_the_second_run_of_ours_are_measured_once()
    {
        var cells = Parse().Cells.ToList();
        Assert.Equal(7 + 4 * 5, cells.Count);
        Assert.Equal(["healthy"], cells.Where(cell => cell.Arm is "Z" or "B2").Select(cell => cell.Condition).Distinct());
    }

    [Fact]
    public void A_part_of_it_is_kept_in_the_tables_order()
    {
        var plan = Parse("--arms", "B, A1", "--conditions", "away,healthy", "--short", "--again");
        Assert.Equal([("A1", "healthy"), ("B", "healthy"), ("A1", "away"), ("B", "away")], plan.Cells);
        Assert.True(plan.Again && plan.Short);
    }

    [Theory]
    [InlineData("--arms", "A9")]
    [InlineData("--arms", "A1,ours")]
    [InlineData("--arms", "")]
    [InlineData("--conditions", "sunny")]
    public void What_is_not_in_the_table_is_refused(string option, string value) =>
        Assert.NotEmpty(ClaimsPlan.Command((_, _, _) => Task.FromResult(ExitCode.Ok)).Parse([option, value]).Errors);

    private static ClaimsPlan Parse(params string[] args)
    {
        ClaimsPlan? asked = null;
        var parsed = ClaimsPlan.Command((plan, _, _) =>
        {
            asked = plan;
            return Task.FromResult(ExitCode.Ok);
        }).Parse(args);
        Assert.Empty(parsed.Errors);
        Assert.Equal(0, parsed.Invoke());
        return asked!;
    }
}
