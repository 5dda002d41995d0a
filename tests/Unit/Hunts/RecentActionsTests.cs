using CsCheck;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Processors.Hunts;

namespace TreasureHunt.Tests.Unit.Hunts;

public class RecentActionsTests
{
    private static Guid Id(int number, int skew = 0) =>
        ActionIds.EventId("old-town", "ann", Play.Id(Sample.Opens.AddMilliseconds(number + skew), number));

    private static RecentActions Filled(int count)
    {
        var recent = new RecentActions();
        for (var version = 1; version <= count; version++) recent.Add(version, Id(version), (ulong)version);
        return recent;
    }

    [Fact]
    public void An_action_decided_before_is_known_by_its_version_and_body()
    {
        var play = Play.Open(Sample.Hunt(Sample.Treasure("clock")), "ann");
        var accepted = play.Accept("ann", new SubmitAnswer("clock", "x") { ActionId = play.NextId() });
        Assert.NotNull(play.Work(accepted));
        var version = play.Hunt.Version;
        play.Guesses("ann", "clock", "y");
        Assert.Null(play.Work(accepted));
        Assert.True(play.Hunt.Recent.TryGet(ActionIds.EventId("old-town", "ann", accepted.Action.ActionId), out var recent));
        Assert.Equal(version, recent.Version);
        Assert.True(recent.Matches(accepted.Fingerprint));
        var other = play.Accept("ann", new SubmitAnswer("clock", "z") { ActionId = accepted.Action.ActionId });
        Assert.False(recent.Matches(other.Fingerprint));
    }

    [Fact]
    public void Nobody_can_collide_with_the_id_of_another()
    {
        var play = Play.Open(Sample.Hunt(Sample.Treasure("clock")), "ann", "bob");
        var submit = new SubmitAnswer("clock", "x") { ActionId = play.NextId() };
        Assert.NotNull(play.Work(play.Accept("ann", submit)));
        Assert.NotNull(play.Work(play.Accept("bob", submit)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(RecentActions.Capacity - 1)]
    [InlineData(RecentActions.Capacity)]
    [InlineData(RecentActions.Capacity + 1)]
    [InlineData(2 * RecentActions.Capacity + 77)]
    public void The_last_20_000_are_remembered_with_their_versions(int count)
    {
        var recent = Filled(count);
        var first = Math.Max(1, count - RecentActions.Capacity + 1);
        Assert.Equal(count - first + 1, recent.Count);
        for (var version = first; version <= count; version++)
        {
            Assert.True(recent.TryGet(Id(version), out var known));
            Assert.Equal(new RecentAction(version, (ulong)version), known);
        }
        Assert.False(recent.TryGet(Id(first - 1), out _));
    }

    [Fact]
    public void The_store_must_be_asked_only_about_ids_as_old_as_a_forgotten_one()
    {
        Assert.False(Filled(RecentActions.Capacity).MightBeForgotten(Id(1)));
        var recent = Filled(RecentActions.Capacity + 10);
        Assert.True(recent.MightBeForgotten(Id(10)));
        Assert.True(recent.MightBeForgotten(Id(-5)));
        Assert.False(recent.MightBeForgotten(Id(11)));
    }

    [Fact]
    public void Whatever_was_decided_is_either_in_the_ring_or_might_be_forgotten() =>
        Gen.Int[-1000, 1000].Array[RecentActions.Capacity, RecentActions.Capacity + 200].Sample(skews =>
        {
            var recent = new RecentActions();
            var ids = skews.Select((skew, i) => Id(i, skew)).ToArray();
            for (var i = 0; i < ids.Length; i++) recent.Add(i + 1, ids[i], 0);
            return ids.All(id => recent.TryGet(id, out _) || recent.MightBeForgotten(id));
        }, iter: 10);
}
