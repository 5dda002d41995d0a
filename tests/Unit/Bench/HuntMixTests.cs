using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>How the load is spread over hunts: the same for the same seed, and in the shares the mix is named after.</summary>
public sealed class HuntMixTests
{
    private const int Hunts = 50, Draws = 200_000, Seed = 7;

    [Theory]
    [InlineData(HuntMix.Zipf), InlineData(HuntMix.Hot), InlineData(HuntMix.Uniform)]
    public void The_same_seed_gives_the_same_hunts_in_the_same_order(HuntMix mix)
    {
        Assert.Equal(Draw(mix, Hunts, Seed), Draw(mix, Hunts, Seed));
        Assert.NotEqual(Draw(mix, Hunts, Seed), Draw(mix, Hunts, Seed + 1));
    }

    [Theory]
    [InlineData(HuntMix.Zipf), InlineData(HuntMix.Hot), InlineData(HuntMix.Uniform)]
    public void Of_one_hunt_it_is_always_that_one(HuntMix mix) => Assert.All(Draw(mix, 1, Seed), hunt => Assert.Equal(0, hunt));

    [Fact]
    public void By_Zipfs_law_the_second_hunt_has_half_of_the_first_and_the_tenth_a_tenth()
    {
        var harmonic = Enumerable.Range(1, Hunts).Sum(rank => 1.0 / rank);
        IsSpread(HuntMix.Zipf, hunt => 1 / (hunt + 1) / harmonic);
    }

    [Fact]
    public void A_hot_hunt_has_nine_of_ten_and_the_others_share_the_rest() => IsSpread(HuntMix.Hot, hunt => hunt == 0 ? 0.9 : 0.1 / (Hunts - 1));

    [Fact]
    public void A_uniform_mix_favours_nobody() => IsSpread(HuntMix.Uniform, _ => 1.0 / Hunts);

    /// <summary>Every hunt has its share, within five standard deviations.</summary>
    private static void IsSpread(HuntMix mix, Func<double, double> share)
    {
        var drawn = Draw(mix, Hunts, Seed).CountBy(hunt => hunt).ToDictionary();
        Assert.Equal(Enumerable.Range(0, Hunts), drawn.Keys.Order());
        Assert.All(drawn, hunt =>
        {
            var expected = share(hunt.Key);
            var tolerance = 5 * Math.Sqrt(expected * (1 - expected) / Draws);
            Assert.Equal(expected, (double)hunt.Value / Draws, tolerance);
        });
    }

    private static int[] Draw(HuntMix mix, int hunts, int seed)
    {
        var (random, next) = (new Random(seed), mix.Over(hunts));
        return [.. Enumerable.Range(0, Draws).Select(_ => next(random))];
    }
}
