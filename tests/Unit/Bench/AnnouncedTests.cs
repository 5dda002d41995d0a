using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Doors;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>When an action's commit was announced is read off the versions that an announcement covers.</summary>
public sealed class AnnouncedTests
{
    private readonly Announced _announced = new();

    [Fact]
    public void All_versions_after_one_and_up_to_the_other_are_known_from_then_on()
    {
        Hear(at: 10, ("lisbon", 4, 7), ("porto", 0, 1));
        Hear(at: 20, ("lisbon", 7, 8));

        Assert.Equal<long?>([null, 10, 10, 10, 20, null], Enumerable.Range(4, 6).Select(version => _announced.At("lisbon", version)));
        Assert.Equal(10, _announced.At("porto", 1));
        Assert.Null(_announced.At("faro", 1));
    }

    [Fact]
    public void What_was_told_twice_is_known_since_the_first_time()
    {
        Hear(at: 10, ("lisbon", 0, 2));
        Hear(at: 20, ("lisbon", 0, 3));

        Assert.Equal<long?>([10, 10, 20], Enumerable.Range(1, 3).Select(version => _announced.At("lisbon", version)));
    }

    [Fact]
    public void An_announcement_that_was_missed_is_not_made_up_by_a_later_one()
    {
        Hear(at: 20, ("lisbon", 5, 6));

        Assert.Null(_announced.At("lisbon", 5));
    }

    [Fact]
    public void Where_the_stream_stands_says_nothing_of_versions()
    {
        Hear(at: 10, ("lisbon", 5, 5));

        Assert.Null(_announced.At("lisbon", 5));
    }

    private void Hear(long at, params (string Hunt, long After, long UpTo)[] hunts) =>
        _announced.Hear(at, new CommittedFacts("processor-1", [.. hunts.Select(hunt => new HuntFacts(hunt.Hunt, hunt.After, hunt.UpTo, new AnnouncedFacts([])))]));
}
