using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>A history of more changes than are read in one call: all of it is read, in order, and it goes on from there.</summary>
public sealed class ALongHistoryIsRead(Servers servers) : IClassFixture<Servers>
{
    private const int Changes = 10_000; // twice what one call reads, to the change
    private static readonly DateTimeOffset Begin = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task From_its_beginning_to_its_end()
    {
        var options = servers.Options("config-1");
        await SettingsStore.MigrateAsync(options, default);
        await using var data = options.DataSource("test", 5, null);
        await using var store = SettingsStore.Open(data);
        var states = new List<SettingsState> { SettingsState.Initial };
        await using (var session = store.LightweightSession())
        {
            for (var version = 1; version <= Changes; version++)
            {
                var change = new SettingsChange(version, Begin.AddSeconds(version), "ops", "test", [new SettingItem("fleet", "lane.batchCap", SettingValue.Of(1 + version % 4_000))]);
                session.Events.Append(SettingsChange.Stream, change);
                states.Add(SettingsState.Evolve(states[^1], change));
            }
            await session.SaveChangesAsync();
        }

        var log = new SettingsLog(store);
        Assert.False(log.WasRead);
        var tail = await log.ReadAsync(default);
        Assert.True(log.WasRead);
        Assert.Equal(states[^1], tail.State);
        Assert.Equal(Enumerable.Range(Changes - SettingsTail.MaxRecent + 1, SettingsTail.MaxRecent), tail.Recent.Select(message => (int)message.Version));
        foreach (var version in (int[])[0, 1, 4_999, 5_000, 5_001, 7_777, Changes])
            Assert.Equal(states[version], (await log.AtAsync(version, default))!.State);
        var (decision, after) = await log.DecideAsync(situation => SettingsDecider.Decide(
            situation, new ChangeSettings(new Dictionary<string, SettingValue?> { ["lane.batchCap"] = SettingValue.Of(7) }, "one more"), new FleetFacts([], 8, 300), null, "ops", Begin, approval: false), default);
        Assert.IsType<SettingsDecision.Changed>(decision);
        Assert.Equal(Changes + 1, after.Version);
    }
}
