using TreasureHunt.ConfigService.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsTailTests
{
    private static SettingsTail Tail(int versions) => SettingsTail.Begin.With(
        [.. Enumerable.Range(1, versions).Select(n => Change(("lane.batchCap", n % 4000 + 1)) with { Version = n })]);

    [Fact]
    public void A_gap_is_answered_with_every_version_in_it() =>
        Assert.Equal([8, 9, 10], Tail(10).After(7, null).Select(message => message.Version));

    [Fact]
    public void One_who_knows_everything_is_told_nothing()
    {
        var tail = Tail(10);
        Assert.Empty(tail.After(10, tail.Latest.Hash));
        Assert.Empty(tail.After(10, null));
    }

    [Theory, InlineData(11), InlineData(0)]
    public void One_who_stands_elsewhere_is_told_the_latest(long version) =>
        Assert.Equal([600], Tail(600).After(version == 11 ? 601 : version, "x").Select(message => message.Version));

    [Fact]
    public void One_with_the_same_version_and_other_values_is_told_the_latest() =>
        Assert.Equal([10], Tail(10).After(10, "other").Select(message => message.Version));

    [Fact]
    public void The_oldest_gap_that_can_be_filled_is_as_long_as_the_memory()
    {
        var tail = Tail(600);
        Assert.Equal(SettingsTail.MaxRecent, tail.Recent.Length);
        Assert.Equal(SettingsTail.MaxRecent, tail.After(600 - SettingsTail.MaxRecent, null).Count());
        Assert.Single(tail.After(599 - SettingsTail.MaxRecent, null));
    }
}
