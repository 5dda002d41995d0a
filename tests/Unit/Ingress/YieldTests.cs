using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Tests.Unit.Ingress;

public class YieldTests
{
    [Theory]
    [InlineData(50_000, 50, 25_000)]
    [InlineData(100, 100, 100)]
    [InlineData(1_000_000, 100, 1_000_000)]
    [InlineData(3, 10, 1)]
    public void Looks_yield_at_their_share_of_a_limit(int limit, int percent, int yields) => Assert.Equal(yields, Acceptance.LimitOfLooks(limit, percent));
}
