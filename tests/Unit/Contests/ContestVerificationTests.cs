using TreasureHunt.Cli.Contests;
using static TreasureHunt.Tests.Unit.Contests.SmallContest;

namespace TreasureHunt.Tests.Unit.Contests;

public sealed class ContestVerificationTests : IDisposable
{
    private static readonly Contest Cup = With(Run("red", "arches", 60_000, Verdict.Accepted), Run("blue", "bridges", 3_660_000, Verdict.Accepted));
    private readonly ContestFiles _files = new();

    public void Dispose() => _files.Dispose();

    private static BoardEntry Row(int rank, string team, int solved, long penalty, long? lastMs) =>
        new(rank, team, solved, penalty, lastMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null);

    private static EngineResult Right => new(
        [Row(1, "red", 1, 1, 60_000), Row(2, "GREEN", 0, 0, null), Row(2, "blue", 0, 0, null)],
        [Row(1, "red", 1, 1, 60_000), Row(2, "blue", 1, 61, 3_660_000), Row(3, "GREEN", 0, 0, null)],
        [new("arches", "red", TimeSpan.FromMilliseconds(60_000)), new("bridges", "blue", TimeSpan.FromMilliseconds(3_660_000))]);

    [Fact]
    public void Without_any_result_the_independent_scorer_judges_and_everything_is_derived()
    {
        var comparisons = ContestVerification.Compare(Cup, null, Right);
        Assert.All(comparisons, c => Assert.True(c.Agrees));
        Assert.All(comparisons, c => Assert.Equal((Label.Derived, "independent scorer"), (c.Label, c.Against)));
        Assert.Contains(comparisons, c => c.What == "public board while frozen: solved, penalty" && c.Equal == 3 && c.Of == 3);
    }

    [Fact]
    public void Files_beside_the_log_are_compared_each_by_its_label()
    {
        _files.With("expected-standings.csv", "rank_by_solved_and_penalty,published_position,team_id,team,solved,penalty_minutes,last_accepted_ms\n1,1,red,\"Red, the \"\"first\"\"\",1,1,60000\n2,2,blue,Blue,1,61,3660000\n3,3,GREEN,Green,0,0,0\n");
        _files.With("derived-standings-at-freeze.csv", "team_id,solved,penalty_minutes\r\nred,1,1\r\nblue,0,0\r\nGREEN,0,0\r\n");
        _files.With("expected-first-to-solve.csv", "problem,problem_id,team_id,time_ms\nA,arches,red,60000\nB,bridges,blue,3660000\n");
        var comparisons = ContestVerification.Compare(Cup, _files.Folder, Right);
        Assert.All(comparisons, c => Assert.True(c.Agrees));
        Assert.Equal(
            [
                ("final: solved, penalty", Label.Published), ("final: order", Label.Published), ("final: rank", Label.Derived),
                ("final: last accepted", Label.Derived), ("public board while frozen: solved, penalty", Label.Derived),
                ("first to solve", Label.Published), ("first to solve: time", Label.Derived),
            ],
            comparisons.Select(c => (c.What, c.Label)));
    }

    [Fact]
    public void A_first_to_solve_beside_a_monitor_that_publishes_none_is_derived()
    {
        _files.With("expected-first-to-solve.csv", "problem,team_id,time_ms\nA,red,60000\nB,blue,3660000\n");
        var comparisons = ContestVerification.Compare(Cup with { Format = ContestFormat.StandingsXml }, _files.Folder, Right);
        Assert.All(comparisons.Where(c => c.What.StartsWith("first", StringComparison.Ordinal)), c => Assert.Equal(Label.Derived, c.Label));
    }

    [Fact]
    public void Published_totals_and_awards_inside_the_input_come_first()
    {
        var published = new PublishedResult
        {
            Totals = [new("red", 1, 1, 1, TimeSpan.FromMinutes(1)), new("blue", 2, 1, 61, TimeSpan.FromMinutes(61)), new("GREEN", 3, 0, 0, TimeSpan.Zero)],
            Firsts = [new("arches", ["red", "blue"]), new("bridges", ["GREEN"])],
        };
        var comparisons = ContestVerification.Compare(Cup with { Published = published }, null, Right);
        Assert.All(comparisons.Where(c => c.What.StartsWith("final", StringComparison.Ordinal)), c => Assert.True(c.Agrees && c.Label == Label.Published));
        var firsts = Assert.Single(comparisons, c => c.What == "first to solve");
        Assert.Equal((1, 2, Label.Published), (firsts.Equal, firsts.Of, firsts.Label));
        Assert.Equal(new Difference("bridges", "GREEN", "blue"), Assert.Single(firsts.Differences));
    }

    [Fact]
    public void Every_wrong_missing_or_surplus_row_is_a_difference()
    {
        var wrong = Right with { Final = [Row(1, "red", 1, 2, 60_000), Row(2, "stranger", 1, 61, 3_660_000), Row(3, "GREEN", 0, 0, null)] };
        var totals = Assert.Single(ContestVerification.Compare(Cup, null, wrong), c => c.What == "final: solved, penalty");
        Assert.Equal((1, 4), (totals.Equal, totals.Of));
        Assert.Equal(
            [new("red", "1 / 1", "1 / 2"), new("blue", "1 / 61", "not on the board"), new Difference("stranger", "not expected", "1 / 61")],
            totals.Differences);
    }

    [Fact]
    public void A_published_place_agrees_when_it_lies_among_the_places_that_share_the_rank()
    {
        var published = new PublishedResult { Totals = [new("blue", 1, 0, 0, null), new("red", 2, 0, 0, null), new("GREEN", 3, 0, 0, null)] };
        var contest = With() with { Published = published };
        var tied = new EngineResult([], [Row(1, "red", 0, 0, null), Row(1, "GREEN", 0, 0, null), Row(1, "blue", 0, 0, null)], []);
        Assert.True(Assert.Single(ContestVerification.Compare(contest, null, tied), c => c.What == "final: order").Agrees);
        var split = tied with { Final = [Row(1, "red", 0, 0, null), Row(2, "GREEN", 0, 0, null), Row(2, "blue", 0, 0, null)] };
        Assert.Equal(2, Assert.Single(ContestVerification.Compare(contest, null, split), c => c.What == "final: order").Differences.Count);
    }
}
