using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Tests.Unit.Ingress;

public class RateLimitTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly RateLimits _limits;

    public RateLimitTests() => _limits = new RateLimits(_clock);

    private TimeSpan Take(int actions, string subject = "ada", string hunt = "old-town", int rate = 10) => _limits.Take(subject, hunt, actions, rate, burst: 20);

    [Fact]
    public void A_subject_may_send_its_burst_at_once_and_then_its_rate()
    {
        Assert.Equal(TimeSpan.Zero, Take(20));
        Assert.Equal(TimeSpan.FromMilliseconds(100), Take(1));
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(TimeSpan.Zero, Take(1));
        Assert.NotEqual(TimeSpan.Zero, Take(1));
    }

    [Fact]
    public void An_array_larger_than_the_burst_passes_a_full_bucket_and_is_paid_for_afterwards()
    {
        Assert.Equal(TimeSpan.Zero, Take(256));
        _clock.Advance(TimeSpan.FromSeconds(23));
        Assert.NotEqual(TimeSpan.Zero, Take(1));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, Take(1));
    }

    [Fact]
    public void Another_subject_and_another_hunt_have_buckets_of_their_own()
    {
        Take(20);
        Assert.Equal(TimeSpan.Zero, Take(20, subject: "bob"));
        Assert.Equal(TimeSpan.Zero, Take(20, hunt: "new-town"));
    }

    [Fact]
    public void A_new_rate_counts_from_the_next_request_on()
    {
        Take(20);
        Assert.Equal(TimeSpan.FromMilliseconds(1), Take(1, rate: 1000));
    }

    [Fact]
    public void What_is_given_back_may_be_taken_again_up_to_the_burst()
    {
        Take(20);
        _limits.GiveBack("ada", "old-town", 3, burst: 20);
        Assert.Equal(TimeSpan.Zero, Take(3));
        Assert.NotEqual(TimeSpan.Zero, Take(1));
        _limits.GiveBack("ada", "old-town", 200, burst: 20);
        _limits.GiveBack("never-seen", "old-town", 200, burst: 20);
        Assert.Equal(TimeSpan.Zero, Take(20));
        Assert.NotEqual(TimeSpan.Zero, Take(1));
    }
}
