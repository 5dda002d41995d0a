using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Unit.Hunts;

public class AttemptTests
{
    private static HuntDefinition With(AttemptRule rule) => Sample.Hunt(Sample.Treasure("clock") with { Attempts = rule });

    [Fact]
    public void Of_64_guesses_against_a_limit_of_10_exactly_10_are_judged()
    {
        var play = Play.Open(With(new AttemptRule(10, TimeSpan.FromMinutes(1), Penalty: 5)), "ann");
        var facts = Enumerable.Range(0, 64).Select(i => play.Guesses("ann", "clock", $"guess {i}")).ToList();
        Assert.Equal(10, facts.OfType<AnswerWrong>().Count());
        Assert.Equal(54, facts.OfType<ActionRefused>().Count(refused => refused.Code == RefusalCode.TooManyAttempts));
        Assert.Equal(-50, play.Points("team-ann"));
    }

    [Fact]
    public void The_window_slides_each_guess_frees_its_place_when_it_is_older_than_per()
    {
        var play = Play.Open(With(new AttemptRule(2, TimeSpan.FromSeconds(60), Penalty: 0)), "ann");
        play.At(TimeSpan.FromSeconds(0)).Guesses("ann", "clock", "a");
        play.At(TimeSpan.FromSeconds(20)).Guesses("ann", "clock", "b");
        var refused = Assert.IsType<ActionRefused>(play.At(TimeSpan.FromSeconds(59)).Guesses("ann", "clock", "c"));
        Assert.Equal(Sample.Opens.AddSeconds(60), refused.Until);
        Assert.IsType<AnswerWrong>(play.At(TimeSpan.FromSeconds(60)).Guesses("ann", "clock", "c"));
        refused = Assert.IsType<ActionRefused>(play.At(TimeSpan.FromSeconds(61)).Guesses("ann", "clock", "d"));
        Assert.Equal(Sample.Opens.AddSeconds(80), refused.Until);
        Assert.IsType<AnswerWrong>(play.At(TimeSpan.FromSeconds(80)).Guesses("ann", "clock", "d"));
    }

    [Fact]
    public void Without_per_the_limit_holds_for_the_whole_hunt_and_there_is_no_until()
    {
        var play = Play.Open(With(new AttemptRule(1, null)), "ann");
        play.Guesses("ann", "clock", "a");
        var refused = Assert.IsType<ActionRefused>(play.AtMinute(200).Finds("ann", "clock"));
        Assert.Equal((RefusalCode.TooManyAttempts, (DateTimeOffset?)null), (refused.Code, refused.Until));
    }

    [Fact]
    public void A_right_guess_over_the_limit_is_not_judged()
    {
        var play = Play.Open(With(new AttemptRule(1, TimeSpan.FromMinutes(1))), "ann");
        play.Guesses("ann", "clock", "a");
        Assert.Equal(RefusalCode.TooManyAttempts, Then.Refused(play.Finds("ann", "clock")));
        Assert.IsType<TreasureFound>(play.AtMinute(1).Finds("ann", "clock"));
    }

    [Fact]
    public void A_repeated_guess_is_named_as_such_even_over_the_limit()
    {
        var play = Play.Open(With(new AttemptRule(1, TimeSpan.FromMinutes(1))), "ann");
        play.Guesses("ann", "clock", "a");
        Assert.IsType<AnswerRepeated>(play.Guesses("ann", "clock", "A!"));
    }

    [Fact]
    public void Teams_and_treasures_have_limits_of_their_own()
    {
        var rule = new AttemptRule(1, TimeSpan.FromMinutes(1));
        var play = Play.Open(Sample.Hunt(Sample.Treasure("a") with { Attempts = rule }, Sample.Treasure("b") with { Attempts = rule }), "ann", "bob");
        play.Guesses("ann", "a", "x");
        Assert.IsType<AnswerWrong>(play.Guesses("ann", "b", "x"));
        Assert.IsType<AnswerWrong>(play.Guesses("bob", "a", "x"));
    }

    [Fact]
    public void A_penalty_needs_no_limit()
    {
        var play = Play.Open(With(new AttemptRule(null, null, Penalty: 7)), "ann");
        for (var i = 0; i < 20; i++) play.Guesses("ann", "clock", $"guess {i}");
        Assert.Equal(-140, play.Points("team-ann"));
    }
}
