using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Tests.Unit.Hunts;

namespace TreasureHunt.Tests.Unit.Definitions;

public class DefinitionCheckTests
{
    private static readonly Treasure Gate = Sample.Treasure("gate");
    private static readonly Treasure Clock = Sample.Treasure("clock");

    private static string[] Problems(HuntDefinition definition) =>
        [.. DefinitionCheck.Check(definition).Select(problem => $"{(problem.IsWarning ? "warning " : "")}{problem.Pointer}: {problem.Message}")];

    private static void Says(string problem, params Treasure[] treasures) => Says(problem, Sample.Hunt(treasures));

    private static void Says(string problem, HuntDefinition definition) =>
        Assert.StartsWith(problem, Assert.Single(Problems(definition)), StringComparison.Ordinal);

    [Fact]
    public void A_sound_hunt_has_no_problems()
    {
        Assert.Empty(Problems(Sample.Hunt(Gate, Clock with { Needs = new Needs { All = ["gate"] } })));
        Assert.All(RandomPlay.Hunts, hunt => Assert.DoesNotContain(DefinitionCheck.Check(hunt), problem => !problem.IsWarning));
    }

    [Fact]
    public void The_hunt_as_a_whole_is_checked()
    {
        var hunt = Sample.Hunt(Gate);
        Says("/hunt: 'Old Town' is no id", hunt with { Hunt = "Old Town" });
        Says("/title: This is empty", hunt with { Title = " " });
        Says("/title: 201 characters are more than the 200 allowed", hunt with { Title = new string('x', 201) });
        Says("/window/closes: The hunt closes before it opens", hunt with { Window = new Window(Sample.Closes, Sample.Opens) });
        Says("/window/closes: The window is longer than 366 days", hunt with { Window = new Window(Sample.Opens, Sample.Opens.AddDays(367)) });
        Says("/board/freezeAt: The board would freeze outside", hunt with { Board = new BoardRules(Sample.Closes.AddSeconds(1)) });
        Says("/treasures: A hunt needs at least one treasure", Sample.Hunt());
        Says("/treasures: 1001 treasures are more than the 1000", Sample.Hunt([.. Enumerable.Range(0, 1001).Select(i => Sample.Treasure($"t{i}"))]));
    }

    [Fact]
    public void Ids_are_slugs_and_their_own()
    {
        Says("/treasures/0/id: 'Gate!' is no id", Gate with { Id = "Gate!" });
        Says("/treasures/1/id: 'gate' is the id of treasures[0] too", Gate, Gate with { Answer = new AnswerRule(["other"]) });
        Says("/treasures/0/hints/1/id: 'h' is the id of another hint", Gate with { Hints = [new Hint("h", "a"), new Hint("h", "b")] });
    }

    [Fact]
    public void Values_decay_downwards()
    {
        Says("/treasures/0/value: -1 is out of range", Gate with { Value = new ValueRule { Fixed = -1 } });
        Says("/treasures/0/value/to: A value decays", Gate with { Value = Sample.Decaying(ValuePolicy.Locked, 100, 200) });
        Says("/treasures/0/value/to: An exponential decay never reaches 0", Gate with { Value = Sample.Decaying(ValuePolicy.Locked, 100, 0, decay: Decay.Exponential) });
        Assert.Empty(Problems(Sample.Hunt(Gate with { Value = Sample.Decaying(ValuePolicy.Locked, 100, 0) })));
        Says("/treasures/0/value/over: over is the number of finders", Gate with { Value = Sample.Decaying(ValuePolicy.Locked, over: 0) });
    }

    [Fact]
    public void Copies_attempts_and_hints_must_make_sense()
    {
        Says("/treasures/0/copies: copies is a number from 1", Gate with { Copies = 0 });
        Says("warning /treasures/0/firsts: Only 1 teams can find it", Gate with { Copies = 1, Firsts = [5, 3] });
        Says("/treasures/0/attempts/max: max is a number of guesses from 1", Gate with { Attempts = new AttemptRule(0, null) });
        Says("/treasures/0/attempts/per: per is longer than nothing", Gate with { Attempts = new AttemptRule(1, TimeSpan.Zero) });
        Says("/treasures/0/attempts/per: per means nothing without max", Gate with { Attempts = new AttemptRule(null, TimeSpan.FromMinutes(1), 1) });
        Says("warning /treasures/0/attempts: attempts without max and penalty does nothing", Gate with { Attempts = new AttemptRule(null, null) });
        Says("/treasures/0/hints: The hints cost 101 points together, but the treasure earns at most 100",
            Gate with { Hints = [new Hint("a", "a", 60), new Hint("b", "b", 41)] });
        Says("warning /treasures/0/hints/0/after: The hunt is over before", Gate with { Hints = [new Hint("a", "a", 1, TimeSpan.FromHours(4))] });
    }

    [Fact]
    public void Needs_name_treasures_that_are_there_and_can_be_met()
    {
        Says("/treasures/1/needs/all/0: There is no treasure 'gaet'. Did you mean 'gate'?", Gate, Clock with { Needs = new Needs { All = ["gaet"] } });
        Says("/treasures/1/needs/all: This list is empty", Gate, Clock with { Needs = new Needs { All = [] } });
        Says("/treasures/1/needs: needs is exactly one of", Gate, Clock with { Needs = new Needs { All = ["gate"], Points = 5 } });
        Says("/treasures/1/needs: needs is exactly one of", Gate, Clock with { Needs = new Needs { AtLeast = 1 } });
        Says("/treasures/1/needs: needs is exactly one of", Gate, Clock with { Needs = new Needs() });
        Says("/treasures/1/needs/atLeast: atLeast is a number from 1 to 1", Gate, Clock with { Needs = new Needs { AtLeast = 2, Of = ["gate"] } });
        Says("/treasures/1/needs/points: points is at least 1", Gate, Clock with { Needs = new Needs { Points = 0 } });
        Says("/treasures/0/needs/after: The hunt closes before", Gate with { Needs = new Needs { After = TimeSpan.FromHours(4) } });
        Says("warning /treasures/1/needs/any/0: Only 3 teams can find 'gate'", Gate with { Copies = 3 }, Clock with { Needs = new Needs { Any = ["gate"] } });
    }

    [Fact]
    public void A_hunt_that_cannot_be_finished_is_refused()
    {
        Says("/treasures/0/needs: The needs run in a circle: gate needs gate.", Gate with { Needs = new Needs { All = ["gate"] } });
        Assert.Equal(
            [
                "/treasures/0/needs: The needs run in a circle: a needs b needs c needs a. Remove one of them.",
                "/treasures/1/needs: The needs run in a circle: b needs c needs a needs b. Remove one of them.",
                "/treasures/2/needs: The needs run in a circle: c needs a needs b needs c. Remove one of them.",
                "/treasures/3/needs: 'd' can never be unlocked, because what it needs cannot: mend that first.",
            ],
            Problems(Sample.Hunt(
                Sample.Treasure("a") with { Needs = new Needs { All = ["b"] } },
                Sample.Treasure("b") with { Needs = new Needs { Any = ["c"] } },
                Sample.Treasure("c") with { Needs = new Needs { AtLeast = 2, Of = ["a", "e"] } },
                Sample.Treasure("d") with { Needs = new Needs { All = ["a"] } },
                Sample.Treasure("e"))));
        Says("/treasures/1/needs/points: Nobody can have 101 points before 'clock' is found", Gate, Clock with { Needs = new Needs { Points = 101 } });
        Assert.Empty(Problems(Sample.Hunt(Gate, Clock with { Needs = new Needs { Points = 100 } })));
        Assert.Empty(Problems(Sample.Hunt(Gate with { Firsts = [1] }, Clock with { Needs = new Needs { Points = 101 } })));
    }

    [Fact]
    public void Answers_and_near_misses_are_told_apart_after_normalisation()
    {
        Says("/treasures/0/answer/text/0: Nothing is left of this answer", Gate with { Answer = new AnswerRule(["?!"]) });
        Says("/treasures/0/answer/text: Give 1 to 50 answers", Gate with { Answer = new AnswerRule([]) });
        Says("/treasures/1/answer/text/0: 'gate' has the same answer", Gate, Clock with { Answer = new AnswerRule(["ANSWER: gate"]) });
        Says("warning /treasures/0/answer/text/1: This answer equals another", Gate with { Answer = new AnswerRule(["Straße", "STRASSE"]) });
        Says("/treasures/0/nearMisses/0/word: This near miss is a right answer too", Gate with { NearMisses = [new NearMiss("Answer Gate", "x")] });
        Says("/treasures/0/nearMisses/1/word: This near miss is written twice", Gate with { NearMisses = [new NearMiss("a b", "x"), new NearMiss("AB", "y")] });
        Says("/treasures/0/nearMisses/0/word: Nothing is left of this near miss", Gate with { NearMisses = [new NearMiss("-", "x")] });
        Says("/treasures/0/nearMisses/0/says: This is empty", Gate with { NearMisses = [new NearMiss("a", "")] });
        Says("/treasures/0/answer/text/0: An answer has at most 200", Gate with { Answer = new AnswerRule([new string('a', 201)]) });
    }

    [Fact]
    public void A_sealed_definition_is_sound_when_its_plain_form_is()
    {
        var plain = Sample.Hunt(Gate with { Answer = new AnswerRule([new string('ß', 200)]) });
        Assert.True(DefinitionCheck.IsSound(Contracts.Secrets.DefinitionSeal.Close(plain, Play.Seal)));
        Assert.False(DefinitionCheck.IsSound(plain with { Title = "" }));
    }
}
