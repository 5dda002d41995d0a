using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Unit.Hunts;

public class NeedsTests
{
    private static Play Given(Needs needs, params string[] others) =>
        Play.Open(Sample.Hunt([.. others.Select(Sample.Treasure), Sample.Treasure("vault") with { Needs = needs }]), "ann", "bob");

    private static bool IsLocked(Play play) => play.Guesses("ann", "vault", "x") is ActionRefused { Code: RefusalCode.TreasureLocked };

    [Fact]
    public void All_opens_when_every_one_is_found()
    {
        var play = Given(new Needs { All = ["a", "b"] }, "a", "b");
        Assert.True(IsLocked(play));
        play.Finds("ann", "a");
        Assert.True(IsLocked(play));
        play.Finds("ann", "b");
        Assert.False(IsLocked(play));
    }

    [Fact]
    public void Any_opens_with_the_first_one()
    {
        var play = Given(new Needs { Any = ["a", "b"] }, "a", "b");
        Assert.True(IsLocked(play));
        play.Finds("ann", "b");
        Assert.False(IsLocked(play));
    }

    [Fact]
    public void At_least_opens_with_that_many()
    {
        var play = Given(new Needs { AtLeast = 2, Of = ["a", "b", "c"] }, "a", "b", "c");
        play.Finds("ann", "c");
        Assert.True(IsLocked(play));
        play.Finds("ann", "a");
        Assert.False(IsLocked(play));
    }

    [Fact]
    public void Points_opens_at_that_many_points_and_stays_open_when_they_are_spent()
    {
        var a = Sample.Treasure("a") with { Attempts = new AttemptRule(null, null, 50) };
        var c = Sample.Treasure("c") with { Attempts = new AttemptRule(null, null, 50) };
        var play = Play.Open(Sample.Hunt(a, Sample.Treasure("b"), c, Sample.Treasure("vault") with { Needs = new Needs { Points = 150 } }), "ann");
        play.Guesses("ann", "a", "wrong");
        play.Finds("ann", "a");
        Assert.True(IsLocked(play)); // 50
        play.Finds("ann", "b");
        Assert.Equal(150, play.Points("team-ann"));
        play.Guesses("ann", "c", "wrong");
        Assert.Equal(100, play.Points("team-ann"));
        Assert.False(IsLocked(play));
    }

    [Fact]
    public void After_opens_for_everybody_that_long_after_the_hunt_opened()
    {
        var play = Given(new Needs { After = TimeSpan.FromHours(2) });
        Assert.True(IsLocked(play.AtMinute(119.99)));
        Assert.False(IsLocked(play.AtMinute(120)));
    }

    [Fact]
    public void After_counts_from_when_the_organiser_opened_the_hunt()
    {
        var play = Play.Published(Sample.Treasure("vault") with { Needs = new Needs { After = TimeSpan.FromHours(1) } });
        play.Registers("ann", "anns");
        play.AtMinute(-30).Organiser(id => new Contracts.Actions.OpenHunt { ActionId = id });
        Assert.True(IsLocked(play.AtMinute(29)));
        Assert.False(IsLocked(play.AtMinute(30)));
    }

    [Fact]
    public void What_another_team_found_opens_nothing()
    {
        var play = Given(new Needs { All = ["a"] }, "a");
        play.Finds("bob", "a");
        Assert.True(IsLocked(play));
    }

    [Fact]
    public void The_way_from_treasure_to_treasure_can_be_long()
    {
        var chain = Enumerable.Range(0, 50).Select(i =>
            Sample.Treasure($"t{i}") with { Needs = i == 0 ? null : new Needs { All = [$"t{i - 1}"] } }).ToArray();
        var play = Play.Open(Sample.Hunt(chain), "ann");
        Assert.Equal(RefusalCode.TreasureLocked, Then.Refused(play.Finds("ann", "t49")));
        Assert.All(chain, treasure => Assert.IsType<TreasureFound>(play.Finds("ann", treasure.Id)));
    }
}
