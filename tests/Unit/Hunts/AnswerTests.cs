using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Unit.Hunts;

public class AnswerTests
{
    private static Treasure Clock => Sample.Treasure("clock") with
    {
        Answer = new AnswerRule(["town hall", "Rathaus"]),
        NearMisses = [new NearMiss("church", "Right square, wrong building.")],
        Attempts = new AttemptRule(3, TimeSpan.FromMinutes(1), Penalty: 5),
    };

    [Theory]
    [InlineData("town hall")]
    [InlineData("  TOWN-HALL! ")]
    [InlineData("ｔｏｗｎ ｈａｌｌ")]
    [InlineData("rathaus")]
    public void Any_of_the_answers_finds_the_treasure_whatever_its_capitals_blanks_and_marks(string guess)
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        var found = Assert.IsType<TreasureFound>(play.Guesses("ann", "clock", guess));
        Assert.Equal(("team-ann", "clock", 1, (int?)100), (found.Team, found.Treasure, found.Ordinal, found.Points));
        Assert.Equal(100, play.Points("team-ann"));
    }

    [Fact]
    public void A_guess_is_stored_sealed_with_a_keyed_hash_of_its_normalised_form()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann", "bob");
        var one = Assert.IsType<AnswerWrong>(play.Guesses("ann", "clock", "Market Place"));
        var other = Assert.IsType<AnswerWrong>(play.Guesses("bob", "clock", "marketplace!"));
        Assert.Equal("Market Place", Play.Seal.Open(one.Guess!));
        Assert.Equal(one.GuessMac, other.GuessMac);
        Assert.NotEqual(one.Guess, other.Guess);
    }

    [Fact]
    public void A_wrong_guess_costs_its_penalty_at_once()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        Assert.Equal(5, Assert.IsType<AnswerWrong>(play.Guesses("ann", "clock", "market")).Penalty);
        Assert.Equal(-5, play.Points("team-ann"));
    }

    [Fact]
    public void The_same_wrong_guess_again_costs_nothing_and_takes_no_attempt()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        play.Guesses("ann", "clock", "market");
        for (var i = 0; i < 5; i++) Assert.IsType<AnswerRepeated>(play.Guesses("ann", "clock", "Market!"));
        Assert.Equal(-5, play.Points("team-ann"));
        Assert.IsType<AnswerWrong>(play.Guesses("ann", "clock", "fountain"));
        Assert.IsType<AnswerWrong>(play.Guesses("ann", "clock", "bridge"));
    }

    [Fact]
    public void Another_member_repeating_it_is_a_repetition_by_the_team()
    {
        var play = Play.Published(Clock);
        play.Registers("ann", "reds", "sesame");
        play.Joins("bob", "reds", "sesame");
        play.AtMinute(1).Guesses("ann", "clock", "market");
        Assert.IsType<AnswerRepeated>(play.Guesses("bob", "clock", "market"));
    }

    [Fact]
    public void The_same_wrong_guess_by_another_team_or_at_another_treasure_is_judged()
    {
        var play = Play.Open(Sample.Hunt(Clock, Sample.Treasure("gate")), "ann", "bob");
        play.Guesses("ann", "clock", "market");
        Assert.IsType<AnswerWrong>(play.Guesses("bob", "clock", "market"));
        Assert.IsType<AnswerWrong>(play.Guesses("ann", "gate", "market"));
    }

    [Fact]
    public void A_near_miss_costs_nothing_takes_no_attempt_and_may_be_repeated()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        for (var i = 0; i < 5; i++) Assert.Equal(0, Assert.IsType<AnswerNear>(play.Guesses("ann", "clock", "Church")).NearMiss);
        Assert.Equal(0, play.Points("team-ann"));
        Assert.IsType<AnswerWrong>(play.Guesses("ann", "clock", "market"));
    }

    [Fact]
    public void What_holds_no_letter_and_no_digit_is_refused()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        Assert.Equal(RefusalCode.GuessEmpty, Then.Refused(play.Guesses("ann", "clock", "?!")));
    }

    [Fact]
    public void A_team_finds_a_treasure_once()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        play.Guesses("ann", "clock", "town hall");
        Assert.Equal(RefusalCode.TreasureAlreadyFound, Then.Refused(play.Guesses("ann", "clock", "town hall")));
        Assert.Equal(100, play.Points("team-ann"));
    }

    [Fact]
    public void An_unknown_treasure_is_refused_by_name()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        var refused = Assert.IsType<ActionRefused>(play.Guesses("ann", "clokc", "town hall"));
        Assert.Equal((RefusalCode.TreasureUnknown, "clokc", "team-ann", "SubmitAnswer"), (refused.Code, refused.Treasure, refused.Team, refused.Action));
    }

    [Fact]
    public void A_player_without_a_team_is_refused()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        Assert.Equal(RefusalCode.TeamNotRegistered, Then.Refused(play.Guesses("eve", "clock", "town hall")));
    }

    [Fact]
    public void A_service_plays_for_the_team_it_names()
    {
        var play = Play.Open(Sample.Hunt(Clock), "ann");
        var submit = new SubmitAnswer("clock", "town hall") { ActionId = play.NextId(), OnBehalfOf = "team-ann" };
        Assert.IsType<TreasureFound>(play.Do("partner", submit, service: true));
        var other = new SubmitAnswer("clock", "town hall") { ActionId = play.NextId(), OnBehalfOf = "team-zoe" };
        var refused = Assert.IsType<ActionRefused>(play.Do("partner", other, service: true));
        Assert.Equal((RefusalCode.TeamUnknown, "team-zoe"), (refused.Code, refused.Team));
    }

    /// <summary>The order in which a guess is looked at decides which of several reasons a player hears.</summary>
    [Fact]
    public void Of_several_reasons_to_refuse_the_first_in_the_stated_order_is_given()
    {
        var locked = Sample.Treasure("vault") with { Needs = new Needs { All = ["clock"] }, Copies = 1 };
        var play = Play.Published(Clock, locked);
        Assert.Equal(RefusalCode.HuntNotOpen, Then.Refused(play.Guesses("eve", "nothing", "")));
        play.AtMinute(0);
        Assert.Equal(RefusalCode.TeamNotRegistered, Then.Refused(play.Guesses("eve", "nothing", "")));
        play.Registers("eve", "eves");
        Assert.Equal(RefusalCode.TreasureUnknown, Then.Refused(play.Guesses("eve", "nothing", "")));
        Assert.Equal(RefusalCode.TreasureLocked, Then.Refused(play.Guesses("eve", "vault", "")));
        play.Guesses("eve", "clock", "town hall");
        play.Finds("eve", "vault");
        Assert.Equal(RefusalCode.TreasureAlreadyFound, Then.Refused(play.Guesses("eve", "vault", "")));
        play.Registers("bob", "bobs");
        play.Guesses("bob", "clock", "town hall");
        Assert.Equal(RefusalCode.TreasureAllFound, Then.Refused(play.Guesses("bob", "vault", "")));
    }
}
