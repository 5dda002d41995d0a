using System.Text.Json;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
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

    [Fact]
    public void Versions_with_many_values_come_in_answers_that_a_process_takes()
    {
        var tail = SettingsTail.Begin.With(
        [
            .. Enumerable.Range(1, 400).Select(n => Change(($"lane.batchCap@instance:processor-{n}", n)) with { Version = n }),
            .. Enumerable.Range(401, 400).Select(n => Change(("lane.batchCap", n)) with { Version = n }),
        ]);
        var (version, answers) = (400L, 0);
        while (tail.After(version, null).ToArray() is { Length: > 0 } answer)
        {
            Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(answer, Wire.Default.SettingsMessageArray).Length, 1, ServiceDefaults.Settings.SettingsSource.MaxAnswerBytes);
            Assert.Equal(Enumerable.Range(1, answer.Length).Select(n => version + n), answer.Select(message => message.Version));
            (version, answers) = (answer[^1].Version, answers + 1);
        }
        Assert.Equal(800, version);
        Assert.True(answers > 1, "the limit is not reached");
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
