using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Unit.Bench;

public sealed class BacklogTests
{
    [Theory]
    [InlineData(0.0, 0.0)]
    [InlineData(0.2, 0.2)] // every fifth is never answered
    [InlineData(1.0, 1.0)]
    public void It_grows_by_the_share_that_is_not_answered(double unanswered, double growth) =>
        Assert.Equal(growth, Growth(20_000, i => i % 10 >= unanswered * 10 ? 1 : 0), precision: 2);

    [Fact]
    public void Answers_that_come_in_batches_are_no_growth() =>
        Assert.InRange(Growth(20_000, i => i % 50 == 49 ? 50 : 0), -0.005, 0.005);

    [Fact]
    public void A_backlog_at_the_begin_is_no_growth_when_it_only_stays() =>
        Assert.InRange(Growth(20_000, i => i < 300 ? 0 : 1), -0.005, 0.005);

    private static double Growth(int actions, Func<int, int> answersAfter)
    {
        var backlog = new Backlog(actions, rate: 1_000);
        for (var i = 0; i < actions; i++)
        {
            for (var answer = answersAfter(i); answer > 0; answer--) backlog.Answered();
            backlog.Sent(i);
        }
        return backlog.Growth;
    }
}
