using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Tests.Unit.Hunts;

public class BoardTests
{
    private static readonly Treasure[] Treasures =
    [
        Sample.Treasure("a") with { Attempts = new AttemptRule(null, null, 20) },
        Sample.Treasure("b") with { Attempts = new AttemptRule(null, null, 20) },
    ];

    private static IEnumerable<string> Rows(Standings standings) => standings.Rank().Select(row => $"{row.Rank} {row.Team}");

    [Fact]
    public void By_points_the_earlier_last_find_breaks_a_tie()
    {
        var play = Play.Open(Sample.Hunt(Treasures), "ann", "bob", "cid");
        play.AtMinute(1).Finds("ann", "a");
        play.AtMinute(2).Finds("bob", "a");
        play.AtMinute(3).Finds("bob", "b");
        play.AtMinute(4).Finds("ann", "b");
        Assert.Equal(["1 team-bob", "2 team-ann", "3 team-cid"], Rows(play.Hunt.Standings));
    }

    [Fact]
    public void Equal_teams_share_a_rank_and_the_next_rank_is_left_out()
    {
        var play = Play.Open(Sample.Hunt(Treasures), "ann", "bob", "cid", "dan");
        play.AtMinute(1).Finds("bob", "a");
        play.AtMinute(1).Finds("ann", "b");
        play.AtMinute(2).Finds("dan", "a");
        Assert.Equal(["1 team-ann", "1 team-bob", "3 team-dan", "4 team-cid"], Rows(play.Hunt.Standings));
    }

    private static HuntDefinition Contest => Sample.Hunt(Treasures) with { Ranking = Ranking.SolvedThenPenalty };

    [Fact]
    public void By_solved_then_penalty_minutes_and_wrong_guesses_count_on_found_treasures_only()
    {
        var play = Play.Open(Contest, "ann", "bob");
        play.AtMinute(10.9).Guesses("ann", "a", "wrong");
        play.AtMinute(11).Guesses("ann", "b", "wrong");
        Assert.Equal(0, play.Team("team-ann").PenaltyMinutes);
        play.AtMinute(12.99).Finds("ann", "a");
        Assert.Equal(12 + 20, play.Team("team-ann").PenaltyMinutes);
        play.AtMinute(31).Finds("bob", "b");
        Assert.Equal(["1 team-bob", "2 team-ann"], Rows(play.Hunt.Standings));
        play.AtMinute(40).Finds("ann", "b");
        Assert.Equal(32 + 40 + 20, play.Team("team-ann").PenaltyMinutes);
        Assert.Equal(["1 team-ann", "2 team-bob"], Rows(play.Hunt.Standings));
    }

    [Fact]
    public void By_solved_then_penalty_a_hint_costs_minutes_once_its_treasure_is_found()
    {
        var play = Play.Open(Sample.Hunt(Treasures[0] with { Hints = [new Hint("h", "Look up.", 15)] }) with { Ranking = Ranking.SolvedThenPenalty }, "ann");
        play.TakesHint("ann", "a", "h");
        Assert.Equal(0, play.Team("team-ann").PenaltyMinutes);
        play.AtMinute(5).Finds("ann", "a");
        Assert.Equal(20, play.Team("team-ann").PenaltyMinutes);
    }

    [Fact]
    public void Equal_solved_and_penalty_are_parted_by_the_last_find_to_the_millisecond()
    {
        var play = Play.Open(Contest, "ann", "bob");
        play.At(TimeSpan.FromMilliseconds(60_002)).Finds("ann", "a");
        play.At(TimeSpan.FromMilliseconds(60_003)).Finds("bob", "a");
        Assert.Equal(["1 team-ann", "2 team-bob"], Rows(play.Hunt.Standings));
    }

    [Fact]
    public void A_frozen_board_stands_still_while_the_live_one_goes_on_and_catches_up_when_thawed()
    {
        var play = Play.Open(Sample.Hunt(Treasures) with { Board = new BoardRules(Sample.Opens.AddMinutes(200)) }, "ann", "bob");
        play.AtMinute(199.9).Finds("ann", "a");
        play.AtMinute(200).Finds("bob", "a");
        play.AtMinute(201).Finds("bob", "b");
        var view = play.View();
        Assert.Equal(["1 team-ann", "2 team-bob"], Rows(view.Public));
        Assert.Equal(["1 team-bob", "2 team-ann"], Rows(view.Live));
        play.AtMinute(300).Organiser(id => new ThawBoard { ActionId = id });
        Assert.Equal(["1 team-bob", "2 team-ann"], Rows(play.View().Public));
    }

    [Fact]
    public void A_frozen_board_freezes_live_values_too()
    {
        var live = Sample.Treasure("a") with { Value = Sample.Decaying(ValuePolicy.Live) };
        var play = Play.Open(Sample.Hunt(live), "ann", "bob");
        play.AtMinute(1).Finds("ann", "a");
        play.Organiser(id => new FreezeBoard { ActionId = id });
        play.AtMinute(2).Finds("bob", "a");
        var view = play.View();
        Assert.Equal((500, 400), (view.Public.Rank()[0].Points, view.Live.Rank()[0].Points));
    }
}
