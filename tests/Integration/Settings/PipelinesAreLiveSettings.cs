using System.Text.Json;
using Npgsql;
using RabbitMQ.Client;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Integration.Storage;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>What ConfigService is told reaches the calls of a running process.</summary>
public sealed class PipelinesAreLiveSettings(RunningConfigService running) : IClassFixture<RunningConfigService>
{
    private readonly ConfigServiceProcess _config = running.Process;

    [Fact]
    public async Task A_shorter_timeout_ends_the_next_blocked_call_and_the_receipt_says_what_is_in_force()
    {
        await HuntStore.MigrateAsync(_config.Options, default);
        await using var member = await SettingsMember.StartAsync(Options("caller"));
        await using var data = _config.Options.DataSource("test", 5, null);
        var reader = new FactReader(data, member.Service<StoreCalls>());
        await using var receipts = await HeardReceipts.StartAsync(_config.Options.RabbitMq);

        await using (await LockedTable.LockAsync(_config.Options, "hunts.mt_streams", "access exclusive"))
        {
            var before = reader.VersionAsync("some");
            await Task.Delay(1500);
            Assert.False(before.IsCompleted); // 10 s are its time

            using (var answer = await _config.SendAsync(HttpMethod.Patch, "/settings", """{"changes":{"store.timeout":"200ms","store.attempts":2},"why":"the store is slow"}"""))
                answer.EnsureSuccessStatusCode();
            var version = (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version;
            var receipt = await receipts.OfAsync("caller", version);
            Assert.Equal((ReceiptStatus.Applied, "200", "2"), (receipt.Status, receipt.Effective["store.timeout"].Text, receipt.Effective["store.attempts"].Text));

            var away = await Assert.ThrowsAsync<StoreAwayException>(() => reader.VersionAsync("some").WaitAsync(TimeSpan.FromSeconds(8)));
            Assert.Contains("store.timeout", away.Message);
            Assert.False(before.IsCompleted); // what is under way ends as it began
            _ = before.ContinueWith(task => task.Exception, TaskScheduler.Default);
        }
        Assert.Equal(0, await reader.VersionAsync("some"));
    }

    [Fact]
    public async Task Numbers_that_make_no_pipeline_leave_the_old_one_in_force_and_the_receipt_says_why()
    {
        await using var member = await SettingsMember.StartAsync(Options("steady"));
        var version = await _config.SetAsync("broker.attempts", 2);
        await member.AtVersionAsync(version);
        using (var refused = await _config.SendAsync(HttpMethod.Patch, "/settings", """{"changes":{"config.firstDelay":9999},"why":"test"}"""))
        {
            Assert.Equal(400, (int)refused.StatusCode); // where it is asked for, it is refused: no process hears of it
            Assert.Contains("config.maxDelay", await refused.Content.ReadAsStringAsync());
        }

        // From another release, say, that knows other rules.
        var held = Assert.Single(await _config.GetAsync($"/settings/changes?after={version - 1}", Wire.Default.SettingsMessageArray));
        var change = new SettingsChange(version + 1, DateTimeOffset.UnixEpoch, "newer", "another release", [new SettingItem("fleet", "config.firstDelay", SettingValue.Of(9999))]);
        await using var receipts = await HeardReceipts.StartAsync(_config.Options.RabbitMq);
        var before = member.Service<LivePipelines>().Config.Policy;
        await SayAsync(SettingsState.Evolve(new SettingsState(version, held.Values), change).Announce(change));

        var receipt = await receipts.OfAsync("steady", version + 1);
        Assert.Equal(ReceiptStatus.Refused, receipt.Status);
        Assert.Contains("The pipeline config cannot be made of these numbers and stays as it was: config.firstDelay = 9999 ms is longer than config.maxDelay", receipt.Reason);
        Assert.Equal(before, member.Service<LivePipelines>().Config.Policy);
    }

    private HuntOptions Options(string instance) =>
        _config.Options with { Instance = instance, DataDir = Directory.CreateTempSubdirectory("hunt-test-").FullName };

    private async Task SayAsync(SettingsMessage message)
    {
        await using var connection = await new ConnectionFactory { Uri = _config.Options.RabbitMq }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.BasicPublishAsync(SettingsMessage.Exchange, "", mandatory: true, new BasicProperties { ContentType = "application/json" },
            JsonSerializer.SerializeToUtf8Bytes(message, Wire.Default.SettingsMessage));
    }
}
