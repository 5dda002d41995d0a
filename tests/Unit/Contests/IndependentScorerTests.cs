using TreasureHunt.Cli.Contests;
using static TreasureHunt.Tests.Unit.Contests.SmallContest;

namespace TreasureHunt.Tests.Unit.Contests;

public class IndependentScorerTests
{
    [Fact]
    public void A_solved_problem_costs_its_whole_minutes_and_the_penalty_of_each_rejected_run_before_it()
    {
        var contest = With(
            Run("red", "arches", 60_000, Verdict.Rejected), Run("red", "arches", 61_000, Verdict.Free), Run("red", "arches", 62_000, Verdict.Rejected),
            Run("red", "arches", 179_999, Verdict.Accepted), Run("red", "arches", 200_000, Verdict.Rejected), Run("red", "arches", 300_000, Verdict.Accepted),
            Run("red", "bridges", 400_000, Verdict.Rejected));
        var red = IndependentScorer.Score(contest)[0];
        Assert.Equal(("red", 1, 2 + 40L, TimeSpan.FromMilliseconds(179_999)), (red.Team, red.Solved, red.PenaltyMinutes, red.LastAccepted!.Value));
    }

    [Fact]
    public void Teams_rank_by_solved_then_penalty_and_share_a_rank_when_equal_in_both()
    {
        var contest = With(
            Run("blue", "arches", 61_000, Verdict.Accepted), Run("red", "arches", 62_000, Verdict.Accepted), Run("GREEN", "bridges", 119_999, Verdict.Accepted));
        Assert.Equal([(1, "blue"), (1, "red"), (1, "GREEN")], IndependentScorer.Score(contest).Select(t => (t.Rank, t.Team)));
        var later = With(Run("blue", "arches", 61_000, Verdict.Accepted), Run("red", "arches", 120_000, Verdict.Accepted));
        Assert.Equal([(1, "blue"), (2, "red"), (3, "GREEN")], IndependentScorer.Score(later).Select(t => (t.Rank, t.Team)));
    }

    [Fact]
    public void Only_runs_strictly_before_a_moment_count_at_that_moment()
    {
        var contest = With(Run("red", "arches", 3_599_999, Verdict.Accepted), Run("blue", "arches", 3_600_000, Verdict.Accepted));
        var frozen = IndependentScorer.Score(contest, contest.FreezeAt);
        Assert.Equal([("red", 1), ("GREEN", 0), ("blue", 0)], frozen.Select(t => (t.Team, t.Solved)));
    }

    [Fact]
    public void A_run_that_came_too_late_counts_only_where_the_format_counts_it()
    {
        var contest = With(Run("red", "arches", 7_200_000, Verdict.Accepted));
        Assert.Equal(0, IndependentScorer.Score(contest)[0].Solved);
        Assert.Empty(IndependentScorer.Firsts(contest));
        Assert.Equal(1, IndependentScorer.Score(contest with { LateRunsCount = true })[0].Solved);
    }

    [Fact]
    public void The_first_accepted_run_of_a_problem_is_the_first_to_solve()
    {
        var contest = With(
            Run("red", "arches", 1, Verdict.Rejected), Run("blue", "arches", 2, Verdict.Accepted), Run("red", "arches", 3, Verdict.Accepted));
        Assert.Equal([new FirstSolve("arches", "blue", TimeSpan.FromMilliseconds(2))], IndependentScorer.Firsts(contest));
    }
}
