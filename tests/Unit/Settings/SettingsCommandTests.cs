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

    [Fact]
    public void A_history_entry_reads_as_a_sentence()
    {
        Assert.Equal("lane.pace: 5 -> 7", SettingsReport.Words(new SettingItem("fleet", "lane.pace", SettingValue.Of(7), SettingValue.Of(5))));
        Assert.Equal("lane.pace: 7 -> default", SettingsReport.Words(new SettingItem("fleet", "lane.pace", null, SettingValue.Of(7))));
    }
}
