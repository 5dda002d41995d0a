using TreasureHunt.Cli.Contests;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using static TreasureHunt.Tests.Unit.Contests.SmallContest;

namespace TreasureHunt.Tests.Unit.Contests;

public class ContestHuntTests
{
    [Fact]
    public void The_contest_becomes_a_hunt_on_its_own_clock()
    {
        var hunt = new ContestHunt(With()).Definition;
        Assert.Equal(("the-small-cup", Ranking.SolvedThenPenalty, Clock.Imported), (hunt.Hunt, hunt.Ranking, hunt.Clock));
        Assert.Equal(new Window(With().Start, With().End), hunt.Window);
        Assert.Equal(With().Start + TimeSpan.FromHours(1), hunt.Board!.FreezeAt);
        Assert.Equal([("a", "Arches"), ("b", "Bridges")], hunt.Treasures.Select(t => (t.Id, t.Title)));
        Assert.All(hunt.Treasures, t => Assert.Equal(20, t.Attempts!.Penalty));
        Assert.Equal(2, hunt.Treasures.Select(t => t.Answer.Text[0]).Distinct().Count());
    }

    [Fact]
    public void Every_team_is_registered_as_the_contest_begins()
    {
        var registrations = new ContestHunt(With()).Registrations;
        Assert.Equal([("red", "Red"), ("green", "Green"), ("blue", "Blue")],
            registrations.Select(r => (((RegisterTeam)r.Action).Team, ((RegisterTeam)r.Action).Name)));
        Assert.All(registrations, r => Assert.Equal(With().Start, r.OccurredAt));
    }

    [Fact]
    public void Names_are_made_fit_to_be_seen()
    {
        var contest = With() with
        {
            Teams = [new("a", " Tab\tbed\n"), new("b", ""), new("c", new string('x', 200)), new("d", new string('x', 78) + "\U0001F5FA" + new string('x', 78))],
        };
        var names = new ContestHunt(contest).Registrations.Select(r => ((RegisterTeam)r.Action).Name).ToList();
        Assert.Equal(["Tab bed", "b", new string('x', 79) + "…", new string('x', 78) + "…"], names);
    }

    [Fact]
    public void Each_rejected_run_is_a_guess_of_its_own_and_a_free_one_the_near_miss()
    {
        var hunt = new ContestHunt(With(
            Run("red", "arches", 1, Verdict.Rejected), Run("red", "arches", 2, Verdict.Rejected), Run("red", "arches", 3, Verdict.Free),
            Run("GREEN", "arches", 4, Verdict.Accepted)));
        var guesses = hunt.Runs.Select(r => (SubmitAnswer)r.Action).ToList();
        Assert.NotEqual(guesses[0].Guess, guesses[1].Guess);
        Assert.Equal(hunt.Definition.Treasures[0].NearMisses[0].Word, guesses[2].Guess);
        Assert.Equal(hunt.Definition.Treasures[0].Answer.Text[0], guesses[3].Guess);
        Assert.Equal(["red", "red", "red", "green"], guesses.Select(g => g.OnBehalfOf));
        Assert.Equal(With().Start + TimeSpan.FromMilliseconds(4), hunt.Runs[3].OccurredAt);
    }

    [Fact]
    public void Ids_are_UUIDv7_of_the_moment_and_the_same_log_gives_the_same_ones()
    {
        var contest = With(Run("red", "arches", 1234, Verdict.Rejected), Run("red", "arches", 1234, Verdict.Rejected));
        var first = new ContestHunt(contest).Runs.Select(r => r.Action.ActionId).ToList();
        Assert.All(first, id => Assert.True(ActionIds.IsVersion7(id)));
        Assert.All(first, id => Assert.Equal((contest.Start + TimeSpan.FromMilliseconds(1234)).ToUnixTimeMilliseconds(), ActionIds.UnixMilliseconds(id)));
        Assert.Equal(2, first.Distinct().Count());
        Assert.Equal(first, new ContestHunt(contest).Runs.Select(r => r.Action.ActionId));
    }

    [Fact]
    public void The_window_stays_open_for_late_runs_only_where_the_format_counts_them()
    {
        var contest = With(Run("red", "arches", 7_200_000, Verdict.Accepted));
        Assert.Equal(contest.End, new ContestHunt(contest).Definition.Window.Closes);
        Assert.Equal(contest.End + TimeSpan.FromMilliseconds(1), new ContestHunt(contest with { LateRunsCount = true }).Definition.Window.Closes);
    }

    [Theory]
    [InlineData("A-condorcet-elections-NMXHOY", "a-condorcet-elections-nmxhoy")]
    [InlineData("  Jagiellonian 1 (Kraków) ", "jagiellonian-1-krak-w")]
    [InlineData("第 49 届", "49")]
    [InlineData("决赛", "contest")]
    public void Foreign_ids_become_slugs(string id, string slug) => Assert.Equal(slug, Slugs.Of(id, "contest"));

    [Fact]
    public void Slugs_stay_unique_and_lead_back()
    {
        var slugs = new Slugs([("A", "A"), ("a", "a"), ("a-2", "a-2"), ("x", new string('y', 100)), ("z", new string('y', 100))], "none");
        Assert.Equal(["a", "a-2", "a-2-2"], new[] { "A", "a", "a-2" }.Select(id => slugs[id]));
        Assert.Equal((64, 64), (slugs["x"].Length, slugs["z"].Length));
        Assert.Equal("a", slugs.IdOf("a-2"));
        Assert.Null(slugs.IdOf("unknown"));
    }
}
