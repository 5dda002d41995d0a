using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Settings;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsCommandTests
{
    [Fact]
    public void Assignments_are_checked_before_anybody_is_asked()
    {
        var changes = SettingsChanging.Parse(["lane.batchCap=64", "lane.pace=7ms", "log.level=default"]);
        Assert.Equal(
            new Dictionary<string, SettingValue?> { ["lane.batchCap"] = SettingValue.Of(64), ["lane.pace"] = SettingValue.Of(7), ["log.level"] = null }, changes);
    }

    [Theory]
    [InlineData("KEY=VALUE", "lane.batchCap")]
    [InlineData("Did you mean lane.batchCap", "lane.batchcap=64")]
    [InlineData("nearest valid value is 4096", "lane.batchCap=5000")]
    [InlineData("given twice", "lane.batchCap=64", "lane.batchCap=65")]
    public void A_bad_assignment_is_answered_with_the_fix(string says, params string[] assignments)
    {
        var failed = Assert.Throws<CommandFailed>(() => SettingsChanging.Parse(assignments));
        Assert.Equal(ExitCode.Usage, failed.Code);
        Assert.Contains(says, failed.Message);
    }

    [Theory, InlineData("90s", 90), InlineData("30m", 1800), InlineData("1d", 86400)]
    public void A_time_is_given_as_people_write_it(string text, int seconds) => Assert.Equal(seconds, SettingsProposals.Seconds(text));

    [Theory, InlineData("30"), InlineData("0s"), InlineData("31d"), InlineData("soon")]
    public void A_time_that_cannot_be_is_answered_with_the_fix(string text) =>
        Assert.Contains("such as 30m", Assert.Throws<CommandFailed>(() => SettingsProposals.Seconds(text)).Message);

    [Fact]
    public void A_moment_is_UTC_unless_it_says_otherwise()
    {
        Assert.Equal(new DateTimeOffset(2026, 12, 1, 18, 0, 0, TimeSpan.Zero), SettingsProposals.Moment("2026-12-01T18:00Z"));
        Assert.Equal(new DateTimeOffset(2026, 12, 1, 18, 0, 0, TimeSpan.Zero), SettingsProposals.Moment("2026-12-01 18:00"));
        Assert.Contains("2026-12-01T18:00Z", Assert.Throws<CommandFailed>(() => SettingsProposals.Moment("noonish")).Message);
    }

    [Theory]
    [InlineData(60, 60, 3, 1)]
    [InlineData(3_600, 60, 3, 3)] // an hour of quiet
    [InlineData(3_600, 60, 90, 60)]
    [InlineData(10, 0, 3, 0)]
    [InlineData(-10, 1, 3, 0)] // the clock was set back
    [InlineData(10, 1, 0, 0)]
    public void A_replay_pauses_as_long_as_it_was_but_not_longer_than_asked(double between, double speed, double longest, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), SettingsPast.Pause(TimeSpan.FromSeconds(between), speed, TimeSpan.FromSeconds(longest)));

    [Fact]
    public void What_is_special_about_a_change_is_told()
    {
        var change = new SettingsChange(7, DateTimeOffset.UnixEpoch, "anna", "why", [], "rollback:3", DateTimeOffset.UnixEpoch.AddMinutes(30), 4, "ben");
        Assert.Equal("until 1970-01-01 00:30:00 UTC, proposal 4, approved by ben, rollback:3", SettingsProposals.Notes(change));
        Assert.Equal("BREAK-GLASS: alone", SettingsProposals.Notes(new SettingsChange(7, DateTimeOffset.UnixEpoch, "anna", "why", [], BreakGlass: "alone")));
    }

    [Fact]
    public void A_history_entry_reads_as_a_sentence()
    {
        Assert.Equal("lane.pace: 5 -> 7", SettingsReport.Words(new SettingItem("fleet", "lane.pace", SettingValue.Of(7), SettingValue.Of(5))));
        Assert.Equal("lane.pace: 7 -> default", SettingsReport.Words(new SettingItem("fleet", "lane.pace", null, SettingValue.Of(7))));
    }
}
