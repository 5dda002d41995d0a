using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Unit.Hunts;

public class OrganiserTests
{
    private static readonly HuntDefinition Definition = Sample.Hunt(Sample.Treasure("clock"));

    private static HuntFact Open(Play play) => play.Organiser(id => new OpenHunt { ActionId = id });
    private static HuntFact Close(Play play) => play.Organiser(id => new CloseHunt { ActionId = id });
    private static HuntFact Pause(Play play) => play.Organiser(id => new PauseHunt { ActionId = id });
    private static HuntFact Resume(Play play) => play.Organiser(id => new ResumeHunt { ActionId = id });
    private static HuntFact Freeze(Play play) => play.Organiser(id => new FreezeBoard { ActionId = id });
    private static HuntFact Thaw(Play play) => play.Organiser(id => new ThawBoard { ActionId = id });

    [Fact]
    public void A_hunt_is_published_once()
    {
        var play = Play.Published(Definition);
        Assert.Equal(1, Assert.IsType<HuntPublished>(play.Facts[0]).DefinitionVersion);
        Assert.Equal(RefusalCode.HuntAlreadyPublished, Then.Refused(play.Organiser(id => new PublishHunt(Definition) { ActionId = id })));
    }

    [Fact]
    public void The_published_answers_and_near_misses_are_sealed()
    {
        var play = Play.Published(Sample.Treasure("clock") with { NearMisses = [new NearMiss("church", "Close.")] });
        var stored = ((HuntPublished)play.Facts[0]).Definition.Treasures[0];
        Assert.Equal("answer clock", Play.Seal.Open(stored.Answer.Text[0]));
        Assert.Equal("church", Play.Seal.Open(stored.NearMisses[0].Word));
        Assert.Equal("Close.", stored.NearMisses[0].Says);
    }

    [Fact]
    public void A_definition_of_another_hunt_or_one_that_cannot_be_played_is_refused()
    {
        var play = Play.Unpublished("other");
        Assert.Equal(RefusalCode.DefinitionInvalid, Then.Refused(play.Organiser(id => new PublishHunt(Definition) { ActionId = id })));
        play = Play.Unpublished("old-town");
        var stuck = Sample.Hunt(Sample.Treasure("clock") with { Needs = new Needs { All = ["clock"] } });
        Assert.Equal(RefusalCode.DefinitionInvalid, Then.Refused(play.Organiser(id => new PublishHunt(stuck) { ActionId = id })));
        Assert.IsType<HuntPublished>(play.Organiser(id => new PublishHunt(Definition) { ActionId = id }));
    }

    [Fact]
    public void Nothing_is_judged_outside_the_window()
    {
        var play = Play.Open(Definition, "ann");
        Assert.Equal(RefusalCode.HuntNotOpen, Then.Refused(Play.Open(Definition, "ann").AtMinute(-0.001).Finds("ann", "clock")));
        Assert.IsType<AnswerWrong>(play.AtMinute(0).Guesses("ann", "clock", "a"));
        Assert.IsType<AnswerWrong>(play.AtMinute(239.999).Guesses("ann", "clock", "b"));
        Assert.Equal(RefusalCode.HuntClosed, Then.Refused(play.AtMinute(240).Finds("ann", "clock")));
        Assert.Equal(RefusalCode.HuntNotPublished, Then.Refused(Play.Unpublished("x").Finds("ann", "clock")));
    }

    [Fact]
    public void A_backlog_costs_nobody_the_window()
    {
        var play = Play.Open(Definition, "ann").AtMinute(239.999);
        var accepted = play.Accept("ann", new SubmitAnswer("clock", "answer clock") { ActionId = play.NextId() });
        play.AtMinute(300); // decided an hour late
        Assert.IsType<TreasureFound>(play.Work(accepted));
    }

    [Fact]
    public void Opening_and_closing_move_the_window_to_now()
    {
        var play = Play.Published(Definition);
        play.Registers("ann", "reds");
        Assert.IsType<HuntOpened>(Open(play));
        Assert.IsType<AnswerWrong>(play.Guesses("ann", "clock", "a"));
        Assert.Equal(RefusalCode.HuntAlreadyOpen, Then.Refused(Open(play)));
        Assert.IsType<HuntClosed>(Close(play));
        Assert.Equal(RefusalCode.HuntClosed, Then.Refused(play.Finds("ann", "clock")));
        Assert.Equal(RefusalCode.HuntClosed, Then.Refused(Open(play)));
        Assert.Equal(RefusalCode.HuntClosed, Then.Refused(Close(play)));
    }

    [Fact]
    public void A_hunt_closed_before_it_opens_never_opens()
    {
        var play = Play.Published(Definition);
        play.Registers("ann", "reds");
        Assert.IsType<HuntClosed>(Close(play));
        Assert.Equal(RefusalCode.HuntClosed, Then.Refused(play.AtMinute(10).Finds("ann", "clock")));
    }

    [Fact]
    public void While_paused_nothing_is_judged()
    {
        var play = Play.Open(Definition, "ann");
        Assert.Equal(RefusalCode.HuntNotPaused, Then.Refused(Resume(play)));
        Assert.IsType<HuntPaused>(Pause(play));
        Assert.Equal(RefusalCode.HuntPaused, Then.Refused(Pause(play)));
        Assert.Equal(RefusalCode.HuntPaused, Then.Refused(play.Finds("ann", "clock")));
        Assert.IsType<HuntResumed>(Resume(play));
        Assert.IsType<TreasureFound>(play.Finds("ann", "clock"));
    }

    [Fact]
    public void Pausing_before_the_window_holds_the_start()
    {
        var play = Play.Published(Definition);
        play.Registers("ann", "reds");
        Pause(play);
        Assert.Equal(RefusalCode.HuntPaused, Then.Refused(play.AtMinute(1).Finds("ann", "clock")));
    }

    [Fact]
    public void Freeze_and_thaw_are_a_pair()
    {
        var play = Play.Open(Definition, "ann");
        Assert.Equal(RefusalCode.BoardNotFrozen, Then.Refused(Thaw(play)));
        Assert.IsType<BoardFrozen>(Freeze(play));
        Assert.Equal(RefusalCode.BoardAlreadyFrozen, Then.Refused(Freeze(play)));
        Assert.IsType<BoardThawed>(Thaw(play));
    }

    [Fact]
    public void A_board_freezes_by_itself_at_its_time_and_thaws_after_the_close()
    {
        var play = Play.Open(Definition with { Board = new BoardRules(Sample.Opens.AddMinutes(200)) }, "ann");
        Assert.Equal(RefusalCode.BoardAlreadyFrozen, Then.Refused(Freeze(play.AtMinute(200))));
        Assert.IsType<BoardThawed>(Thaw(play.AtMinute(300)));
        Assert.False(play.Hunt.Life.IsFrozen(play.Now));
    }

    [Fact]
    public void A_thaw_leaves_a_planned_freeze_that_is_still_to_come()
    {
        var play = Play.Open(Definition with { Board = new BoardRules(Sample.Opens.AddMinutes(200)) }, "ann");
        Freeze(play.AtMinute(10));
        Thaw(play.AtMinute(20));
        Assert.False(play.Hunt.Life.IsFrozen(Sample.Opens.AddMinutes(199)));
        Assert.True(play.Hunt.Life.IsFrozen(Sample.Opens.AddMinutes(200)));
    }

    [Fact]
    public void An_unpublished_hunt_refuses_every_organiser()
    {
        var play = Play.Unpublished("old-town");
        foreach (var act in new[] { Open, Close, Pause, Resume, Freeze, Thaw })
            Assert.Equal(RefusalCode.HuntNotPublished, Then.Refused(act(play)));
    }

    [Fact]
    public void Only_a_hunt_with_an_imported_clock_believes_when_an_action_is_said_to_have_happened()
    {
        var submit = new SubmitAnswer("clock", "x") { ActionId = Play.Id(Sample.Opens, 99), OnBehalfOf = "team-ann" };
        var wall = Play.Open(Definition, "ann").AtMinute(60);
        Assert.Equal(wall.Now, wall.Do("importer", submit, service: true, occurredAt: Sample.Opens.AddMinutes(5)).Stamp!.At);
        var imported = Play.Open(Definition with { Clock = Clock.Imported }, "ann").AtMinute(60);
        Assert.Equal(Sample.Opens.AddMinutes(5), imported.Do("importer", submit, service: true, occurredAt: Sample.Opens.AddMinutes(5)).Stamp!.At);
        imported.Do("importer", submit with { ActionId = imported.NextId() }, service: true, occurredAt: Sample.Opens.AddMinutes(4));
        Assert.Equal(Sample.Opens.AddMinutes(5), imported.Hunt.LastAt);
    }
}
