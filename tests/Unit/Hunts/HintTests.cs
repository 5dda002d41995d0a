using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Unit.Hunts;

public class HintTests
{
    private static readonly Treasure Clock = Sample.Treasure("clock") with
    {
        Hints = [new Hint("h1", "Look up.", Cost: 20), new Hint("h2", "Higher.", Cost: 30, After: TimeSpan.FromMinutes(30))],
    };

    [Fact]
    public void A_hint_costs_its_points_at_once()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        Assert.Equal(20, Assert.IsType<HintTaken>(play.TakesHint("ann", "clock", "h1")).Cost);
        Assert.Equal(-20, play.Points("team-ann"));
        play.Finds("ann", "clock");
        Assert.Equal(80, play.Points("team-ann"));
    }

    [Fact]
    public void A_team_pays_for_a_hint_once()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        play.TakesHint("ann", "clock", "h1");
        Assert.Equal(RefusalCode.HintAlreadyTaken, Then.Refused(play.TakesHint("ann", "clock", "h1")));
        Assert.Equal(-20, play.Points("team-ann"));
    }

    [Fact]
    public void A_hint_with_a_wait_says_when_it_may_be_taken()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann").AtMinute(29);
        var refused = Assert.IsType<ActionRefused>(play.TakesHint("ann", "clock", "h2"));
        Assert.Equal((RefusalCode.HintNotYet, Sample.Opens.AddMinutes(30)), (refused.Code, refused.Until));
        Assert.IsType<HintTaken>(play.AtMinute(30).TakesHint("ann", "clock", "h2"));
    }

    [Fact]
    public void The_wait_runs_from_when_the_treasure_was_unlocked_for_the_team()
    {
        var play = Play.Open(Sample.Hunt(Sample.Treasure("gate"), Clock with { Needs = new Needs { All = ["gate"] } }), "ann");
        Assert.Equal(RefusalCode.TreasureLocked, Then.Refused(play.TakesHint("ann", "clock", "h1")));
        play.AtMinute(10).Finds("ann", "gate");
        Assert.Equal(RefusalCode.HintNotYet, Then.Refused(play.AtMinute(39).TakesHint("ann", "clock", "h2")));
        Assert.IsType<HintTaken>(play.AtMinute(40).TakesHint("ann", "clock", "h2"));
    }

    [Fact]
    public void An_unknown_hint_is_refused()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        Assert.Equal(RefusalCode.HintUnknown, Then.Refused(play.TakesHint("ann", "clock", "h9")));
    }

    [Fact]
    public void A_hint_for_what_can_no_longer_be_found_is_not_sold()
    {
        var play = Play.Open(Sample.Hunt(Clock with { Copies = 1 }), "ann", "bob");
        play.Finds("ann", "clock");
        Assert.Equal(RefusalCode.TreasureAlreadyFound, Then.Refused(play.TakesHint("ann", "clock", "h1")));
        Assert.Equal(RefusalCode.TreasureAllFound, Then.Refused(play.TakesHint("bob", "clock", "h1")));
    }

    [Fact]
    public void Hints_are_sold_only_while_the_hunt_is_judged()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        Assert.Equal(RefusalCode.HuntClosed, Then.Refused(play.AtMinute(240).TakesHint("ann", "clock", "h1")));
        Assert.Equal(RefusalCode.TeamNotRegistered, Then.Refused(Play.Open(Sample.Hunt(Clock)).TakesHint("eve", "clock", "h1")));
    }
}
