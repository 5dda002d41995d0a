using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Unit.Hunts;

public class ValueTests
{
    private static readonly string[] Players = ["ann", "bob", "cid", "dan", "eva", "fay"];

    private static Play Found(Treasure treasure, int finders)
    {
        var play = Play.Open(Sample.Hunt(treasure), Players);
        foreach (var player in Players.Take(finders)) play.Finds(player, treasure.Id);
        return play;
    }

    [Fact]
    public void A_locked_value_stays_what_it_was_for_each_finder_in_stream_order()
    {
        var play = Found(Sample.Treasure("clock") with { Value = Sample.Decaying(ValuePolicy.Locked) }, 6);
        Assert.Equal([500, 400, 300, 200, 100, 100], Players.Select(player => play.Points($"team-{player}")));
    }

    [Fact]
    public void A_live_value_is_todays_value_for_every_finder()
    {
        var treasure = Sample.Treasure("clock") with { Value = Sample.Decaying(ValuePolicy.Live) };
        Assert.Equal([500, 0, 0], Players.Take(3).Select(player => Found(treasure, 1).Points($"team-{player}")));
        Assert.Equal([300, 300, 300, 0], Players.Take(4).Select(player => Found(treasure, 3).Points($"team-{player}")));
        Assert.Equal([100, 100, 100, 100, 100, 100], Players.Select(player => Found(treasure, 6).Points($"team-{player}")));
        Assert.Null(Assert.IsType<TreasureFound>(Found(treasure, 1).Facts[^1]).Points);
    }

    [Fact]
    public void An_exponential_decay_goes_from_its_first_to_its_last_value_by_equal_ratios()
    {
        var rule = Sample.Decaying(ValuePolicy.Locked, from: 400, to: 100, over: 2, decay: Decay.Exponential);
        Assert.Equal([400, 200, 100, 100], Enumerable.Range(1, 4).Select(rule.At));
    }

    [Fact]
    public void Firsts_are_extra_points_for_the_first_finders_whatever_the_policy()
    {
        foreach (var policy in new[] { ValuePolicy.Locked, ValuePolicy.Live })
        {
            var play = Found(Sample.Treasure("clock") with { Value = Sample.Decaying(policy, 100, 100), Firsts = [50, 30] }, 3);
            Assert.Equal([150, 130, 100], Players.Take(3).Select(player => play.Points($"team-{player}")));
        }
    }

    [Fact]
    public void Of_k_copies_exactly_k_are_found_and_the_next_finder_hears_that_all_are_found()
    {
        var play = Play.Open(Sample.Hunt(Sample.Treasure("clock") with { Copies = 2 }), Players);
        var facts = Players.Select(player => play.Finds(player, "clock")).ToList();
        Assert.All(facts.Take(2), fact => Assert.IsType<TreasureFound>(fact));
        Assert.All(facts.Skip(2), fact => Assert.Equal(RefusalCode.TreasureAllFound, Then.Refused(fact)));
    }

    [Fact]
    public void The_one_who_comes_first_in_the_stream_is_first_even_when_clocks_say_otherwise()
    {
        var play = Play.Open(Sample.Hunt(Sample.Treasure("clock") with { Copies = 1 }), "ann", "bob");
        var late = play.AtMinute(10).Finds("ann", "clock");
        var early = play.AtMinute(5).Finds("bob", "clock");
        Assert.IsType<TreasureFound>(late);
        Assert.Equal(RefusalCode.TreasureAllFound, Then.Refused(early));
        Assert.Equal(late.Stamp!.At, early.Stamp!.At); // the hunt's clock never goes back
    }
}
