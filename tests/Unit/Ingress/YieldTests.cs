using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Unit.Ingress;

public class YieldTests
{
    [Theory]
    [InlineData(50_000, 50, 25_000)]
    [InlineData(100, 100, 100)]
    [InlineData(1_000_000, 100, 1_000_000)]
    [InlineData(3, 10, 1)] // never 0: an idle lane turns nobody away
    public void Looks_yield_at_their_share_of_the_lane_depth(int depth, int percent, int yields) =>
        Assert.Equal(yields, (SettingsSchema.Defaults.Ingress with { LaneDepth = depth, YieldPercent = percent }).YieldDepth);
}
