using TreasureHunt.Cli.Settings;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>What a shell offers while an operator types.</summary>
public sealed class SettingsCompletionTests
{
    [Theory]
    [InlineData("get lane.ba", "lane.batchCap")]
    [InlineData("why ingress.rateB", "ingress.rateBurst")]
    [InlineData("set lane.ba", "lane.batchCap=")]
    [InlineData("set lane.pace=5ms lane.ba", "lane.batchCap=")]
    public void The_keys_of_the_schema_are_offered(string typed, string offered) =>
        Assert.Contains(offered, SettingsCommand.Create().Parse(typed).GetCompletions().Select(completion => completion.Label));
}
