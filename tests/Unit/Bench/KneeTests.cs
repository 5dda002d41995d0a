using TreasureHunt.Tests.Benchmarks.Claims;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>The knee, found on latency curves that are known.</summary>
public sealed class KneeTests
{
    private const double First = 500, Least = 30, Most = 60_000;

    [Theory]
    [InlineData(3_000)]
    [InlineData(500)]
    [InlineData(120)] // below the first rung
    public async Task It_is_found_within_a_tenth_wherever_it_lies(double capacity)
    {
        var steps = await FindAsync(rate => Queue(rate, capacity));

        // M/M/1 holds up to 100 ms while 460 / (capacity - rate) does.
        var knee = capacity - 4.6 / 0.1;
        Assert.InRange(Knee.Of(steps), knee * 0.9, knee);
        Assert.All(steps, step => Assert.Equal(step.Rate <= Knee.Of(steps), step.Holds));
    }

    [Fact]
    public async Task An_arm_that_never_holds_has_none()
    {
        var steps = await FindAsync(rate => new Step(rate, 200, 200, 300, 400, 0, 0));
        Assert.Equal(0, Knee.Of(steps));
        Assert.Null(Knee.P99(steps));
        Assert.All(steps, step => Assert.InRange(step.Rate, Least, First));
    }

    [Fact]
    public async Task An_arm_that_always_holds_is_climbed_to_the_end_of_the_ladder()
    {
        var steps = await FindAsync(rate => new Step(rate, 1, 1, 2, 3, 0, 0));
        Assert.InRange(Knee.Of(steps), Most / 1.5, Most);
    }

    [Fact]
    public async Task A_growing_backlog_does_not_hold_however_quick_the_answers()
    {
        var steps = await FindAsync(rate => new Step(rate, 10, 10, 50, 60, rate > 1_000 ? 0.05 : 0, 0));
        Assert.InRange(Knee.Of(steps), 900, 1_000);
    }

    [Fact]
    public async Task A_moments_pause_of_the_machine_is_not_the_arms()
    {
        var measured = 0;
        var steps = await FindAsync(rate => ++measured == 3 ? new Step(rate, 500, 10, 5_000, 6_000, 0, 0) : Queue(rate, 3_000));
        Assert.True(Knee.Of(steps) > 2_600, $"{Knee.Of(steps)}");
    }

    [Fact]
    public async Task Traffic_at_unchanged_latency_is_counted_in_the_others_knee()
    {
        var other = await FindAsync(rate => Queue(rate, 1_000));
        var six = await FindAsync(rate => Queue(rate, 6_000));
        Assert.InRange(Knee.Multiple(six, other)!.Value, 5.4, 6.6);
        Assert.InRange(Knee.Multiple(other, other)!.Value, 0.99, 1.01);
    }

    [Fact]
    public void An_arm_that_is_slower_at_every_rate_takes_no_traffic_at_unchanged_latency()
    {
        Step[] other = [new(1_000, 5, 5, 20, 30, 0, 0), new(1_400, 50, 50, 300, 400, 0.1, 0)];
        Step[] slow = [new(500, 60, 60, 70, 80, 0, 0), new(4_000, 60, 60, 80, 90, 0, 0)];
        Assert.Null(Knee.Multiple(slow, other));
        Assert.Null(Knee.Multiple(other, []));
    }

    /// <summary>p99 of M/M/1; beyond its capacity the backlog grows by what it cannot take.</summary>
    private static Step Queue(double rate, double capacity)
    {
        if (rate >= capacity) return new Step(rate, 5_000, 5_000, 10_000, 10_000, 1 - capacity / rate, 0);
        var mean = 1_000 / (capacity - rate);
        return new Step(rate, mean, 0.7 * mean, 4.6 * mean, 7 * mean, 0, 0);
    }

    private static Task<IReadOnlyList<Step>> FindAsync(Func<double, Step> curve) => Knee.FindAsync(First, Least, Most, halvings: 3, rate => Task.FromResult(curve(rate)));
}
