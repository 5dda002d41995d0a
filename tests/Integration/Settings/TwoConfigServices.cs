using System.Text.Json;
using TreasureHunt.Cli.Settings;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>Two ConfigServices on one store and one broker: operators may talk to either, and neither may contradict the other.</summary>
public sealed class TwoConfigServices(Servers servers) : IClassFixture<Servers>
{
    private const int Operators = 8, Each = 10;

    [Fact]
    public async Task Changes_asked_of_both_at_once_are_one_history_that_every_process_follows_and_each_version_is_settled_once()
    {
        await using var first = await ConfigServiceProcess.StartAsync(servers.Options("config-1"));
        await using var second = await ConfigServiceProcess.StartAsync(first.Options with { Instance = "config-2" });
        await using var member = await SettingsMember.StartAsync(Options(first, "follower"));
        await using var canary = await SettingsMember.StartAsync(Options(second, "canary-1") with { Group = "canary" });
        await first.SetAsync("lane.pace", 1);

        using var watching = new CancellationTokenSource();
        var watched = WatchAsync(first, watching.Token);
        await Task.WhenAll(Enumerable.Range(0, Operators).Select(async number =>
        {
            for (var i = 0; i < Each; i++) await (number % 2 == 0 ? first : second).SetAsync("checkpoint.every", 1000 + number * Each + i);
        }));
        using (var answer = await second.SendAsync(HttpMethod.Patch, "/settings", """{"changes":{"lane.pace":2,"lane.pace@group:canary":3},"why":"try it there first"}"""))
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());

        const long last = 1 + Operators * Each + 1;
        Assert.Equal(last, (await first.GetAsync("/settings", Wire.Default.SettingsView)).Version);
        Assert.Equal(
            (await first.GetAsync("/settings", Wire.Default.SettingsView)).Hash, (await second.GetAsync("/settings", Wire.Default.SettingsView)).Hash);
        await member.AtVersionAsync(last);
        await canary.AtVersionAsync(last);
        Assert.Equal((2, 3), ((int)member.Live.Current.Lane.Pace.TotalMilliseconds, (int)canary.Live.Current.Lane.Pace.TotalMilliseconds));
        Assert.Equal(member.Live.Current.Checkpoint.Every, canary.Live.Current.Checkpoint.Every);

        await using var data = first.Options.DataSource("test", 2, null);
        await using var store = SettingsStore.Open(data);
        await Eventually.Async(() => SettledAsync(store).GetAwaiter().GetResult().LastOrDefault()?.Version == last, "the last version is settled");
        Assert.Equal(Enumerable.Range(1, (int)last).Select(version => (long)version), (await SettledAsync(store)).Select(version => version.Version));

        await Eventually.Async(() => watched.Seen.Count == last - 1, "the watcher has seen all");
        await watching.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watched.Running);
        Assert.Equal(Enumerable.Range(2, (int)last - 1).Select(version => (long)version), watched.Seen.Select(change => change.Version));
    }

    private static (Task Running, List<SettingsChange> Seen) WatchAsync(ConfigServiceProcess config, CancellationToken cancel)
    {
        var seen = new List<SettingsChange>();
        return (Task.Run(async () =>
        {
            using var client = new SettingsClient(
                config.Options.ConfigService!, Tokens.Mint(config.Options.TokenKey, "watcher", Tokens.AnyHunt, TimeSpan.FromMinutes(10), TimeProvider.System, Role.Operator));
            await foreach (var change in SettingsPast.ChangesAsync(client, after: 1, cancel)) seen.Add(change);
        }, CancellationToken.None), seen);
    }

    private static async Task<IReadOnlyList<SettingsConverged>> SettledAsync(Marten.DocumentStore store)
    {
        await using var session = store.QuerySession();
        return [.. (await session.Events.FetchStreamAsync(SettingsConverged.Stream)).Select(stored => (SettingsConverged)stored.Data)];
    }

    private static HuntOptions Options(ConfigServiceProcess config, string instance) =>
        config.Options with { Instance = instance, DataDir = Directory.CreateTempSubdirectory("hunt-test-").FullName };
}
