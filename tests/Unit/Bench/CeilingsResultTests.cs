using TreasureHunt.Cli.Bench;
using TreasureHunt.Tests.Benchmarks.Ceilings;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>Goal P1: the lanes are above the raw broker twin that acknowledges each message.</summary>
public sealed class CeilingsResultTests
{
    private static readonly Ceiling Twin = new(CeilingsPlan.Broker, RawTwin.OneAckEach, PerSecond: 20_000, CpuMicros: 50);

    [Theory]
    [InlineData(20_000, "100 %", true)]
    [InlineData(19_000, "95 %", false)]
    public void The_lanes_are_held_against_the_twin_with_one_ack_each(double lanes, string share, bool holds)
    {
        var finding = Assert.Single(Result(lanes, Twin with { What = "one ack for 64", PerSecond = 1 }, Twin).Findings);
        Assert.Equal(("P1", share, holds), (finding.Goal, finding.Measured, finding.Holds));
    }

    [Fact]
    public void Without_the_lanes_or_without_the_twin_there_is_no_verdict()
    {
        Assert.Empty(Result(lanes: null, Twin).Findings);
        Assert.Empty(Result(20_000).Findings);
    }

    private static CeilingsResult Result(double? lanes, params Ceiling[] ceilings) => new(
        DateTimeOffset.UnixEpoch, "", "", new Machine(2, "", "", "", new Dictionary<string, string>()),
        lanes is { } perSecond
            ? new ArmResult("lanes", 0, perSecond, perSecond, new Cost(0, 0, 0, 0, 0, 0, 0, 0), 0, 0, new Dictionary<string, long>(), [], new Conservation(1, 1, 0, 0, 0, 0, 0, true, 0, 0, new Dictionary<string, long>()))
            : null,
        ceilings, []);
}
