using System.CommandLine;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Tests.Unit.Bench;

public sealed class DoorPlanTests
{
    [Fact]
    public void The_intake_is_asked_like_http_with_publishers_for_connections_and_a_prefetch()
    {
        string[] same = ["--requests", "2000", "--rounds", "2", "--seconds", "4", "--mix", "hot", "--arrivals", "trace.csv", "--rate", "700", "--json"];
        var expected = new DoorPlan(2_000, 2, 512, 4, "hot", "trace.csv", null, true) { Rate = 700 };
        Assert.Equal(expected with { Senders = 64 }, Parse(DoorPlan.Http, [.. same, "--connections", "64"]));
        Assert.Equal(expected with { Senders = 64, Prefetch = 16 }, Parse(DoorPlan.Intake, [.. same, "--publishers", "64", "--prefetch", "16"]));
        Assert.Equal(expected, Parse(DoorPlan.Intake, same));
    }

    [Fact]
    public void In_short_there_is_one_small_round_at_either_door()
    {
        var small = new DoorPlan(5_000, 1, 512, 3, "zipf", null, null, false);
        Assert.Equal((small, small), (Parse(DoorPlan.Http, "--short"), Parse(DoorPlan.Intake, "--short")));
    }

    [Theory]
    [InlineData("--prefetch", "257")]
    [InlineData("--publishers", "0")]
    [InlineData("--mix", "sunny")]
    [InlineData("--connections", "8")]
    public void What_the_intake_cannot_do_is_refused(params string[] args) =>
        Assert.NotEmpty(DoorPlan.Intake((_, _, _) => Task.FromResult(ExitCode.Ok)).Parse(args).Errors);

    private static DoorPlan Parse(Func<Func<DoorPlan, ParseResult, CancellationToken, Task<ExitCode>>, Command> door, params string[] args)
    {
        DoorPlan? asked = null;
        var parsed = door((plan, _, _) =>
        {
            asked = plan;
            return Task.FromResult(ExitCode.Ok);
        }).Parse(args);
        Assert.Empty(parsed.Errors);
        Assert.Equal(0, parsed.Invoke());
        return asked!;
    }
}
