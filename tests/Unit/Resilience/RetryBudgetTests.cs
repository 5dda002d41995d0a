using Microsoft.Extensions.Time.Testing;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.Tests.Unit.Resilience;

public sealed class RetryBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void In_a_storm_retries_are_the_reserve_and_then_the_share_of_the_calls()
    {
        var budget = new RetryBudget(_time);
        var retries = 0;
        for (var call = 0; call < 10_000; call++)
        {
            budget.Called(percent: 20);
            for (var retry = 0; retry < 4 && budget.TryTake(); retry++) retries++; // each call would like four
        }
        Assert.InRange(retries, 2_000, 2_000 + RetryBudget.Reserve);
    }

    [Fact]
    public void Few_calls_have_one_retry_a_second()
    {
        var budget = new RetryBudget(_time);
        while (budget.TryTake()) { }
        for (var second = 0; second < 30; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(budget.TryTake());
            Assert.False(budget.TryTake());
        }
    }

    [Fact]
    public void No_more_than_the_reserve_is_saved()
    {
        var budget = new RetryBudget(_time);
        for (var call = 0; call < 10_000; call++) budget.Called(percent: 100);
        _time.Advance(TimeSpan.FromHours(1));
        for (var retry = 0; retry < RetryBudget.Reserve; retry++) Assert.True(budget.TryTake());
        Assert.False(budget.TryTake());
    }

    [Fact]
    public void A_share_of_nothing_leaves_the_reserve_and_one_a_second()
    {
        var budget = new RetryBudget(_time);
        for (var retry = 0; retry < RetryBudget.Reserve; retry++) Assert.True(budget.TryTake());
        for (var call = 0; call < 100; call++) budget.Called(percent: 0);
        Assert.False(budget.TryTake());
    }
}
