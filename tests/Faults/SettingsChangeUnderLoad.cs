using System.Globalization;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Faults.Clients;
using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>Knobs are turned while players play: each change is in force in every process, and no action is lost, doubled or reordered by it.</summary>
[Collection(SharedFleet.Name)]
public sealed class SettingsChangeUnderLoad(SharedFleet shared, ITestOutputHelper output)
{
    private static readonly TimeSpan ReceiptLimit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_knob_is_in_force_everywhere_and_no_action_notices()
    {
        var fleet = shared.Fleet;
        await fleet.StandbyAsync();
        await using var scene = await Scene.BeginAsync(fleet, "knobs", output);
        await using var partner = new IntakeMail(fleet.Options, scene.Client.Ledger, fleet.Clock);
        partner.Start(scene.Client.Ledger.Hunts, TimeSpan.FromMilliseconds(20));
        using var config = fleet.Config();

        (Setting Setting, SettingValue Value)[] turns =
        [
            (SettingsSchema.LaneBatchCap, SettingValue.Of(3)), (SettingsSchema.LaneWindow, SettingValue.Of(2)),
            (SettingsSchema.LanePace, SettingValue.Of(10)), (SettingsSchema.LaneConcurrency, SettingValue.Of(1)),
            (SettingsSchema.LanePrefetch, SettingValue.Of(8)), (SettingsSchema.IntakePrefetch, SettingValue.Of(4)),
            (SettingsSchema.LanePrefetch, SettingValue.Of(128)), (SettingsSchema.IntakePrefetch, SettingValue.Of(200)),
            (SettingsSchema.LaneConcurrency, SettingValue.Of(8)), (SettingsSchema.LaneBatchCap, SettingValue.Of(2048)),
        ];
        foreach (var (setting, value) in turns)
        {
            await TurnAsync(scene, config, (setting, value));
            await scene.PlayAsync(0.3);
        }
        foreach (var (setting, stop, go) in new[]
        {
            (SettingsSchema.LanePaused as Setting, SettingValue.Of(true), SettingValue.Of(false)), (SettingsSchema.LaneConcurrency, SettingValue.Of(0), SettingValue.Of(2)),
        })
        {
            await TurnAsync(scene, config, (setting, stop));
            await scene.PlayAsync(0.5); // commits that were under way end
            var standing = await fleet.EventsAsync();
            await scene.PlayAsync(1);
            Assert.Equal(standing, await fleet.EventsAsync());
            await TurnAsync(scene, config, (setting, go));
            await scene.LanesAreWorkedAsync();
        }
        await TurnAsync(scene, config, [.. turns.Select(turn => turn.Setting).Distinct().Select(setting => (setting, (SettingValue?)null))]);
        await partner.StopAsync();
        await scene.EndAsync();
    }

    [Fact]
    public async Task A_storm_of_changes_ends_with_the_last_one_in_force()
    {
        var fleet = shared.Fleet;
        await using var scene = await Scene.BeginAsync(fleet, "storm", output);
        using var config = fleet.Config();
        var random = new Random(5);
        var changes = FaultForm.IsLong ? 200 : 40;
        scene.Fault($"{changes} changes");
        for (var i = 0; i < changes; i++)
        {
            await config.SetAsync("storm", random.Next(3) switch
            {
                0 => (SettingsSchema.LaneBatchCap, SettingValue.Of(random.Next(1, 1000))),
                1 => (SettingsSchema.LaneConcurrency, SettingValue.Of(random.Next(1, 9))),
                _ => (SettingsSchema.LaneWindow, SettingValue.Of(random.Next(1, 17))),
            });
        }
        await TurnAsync(scene, config, (SettingsSchema.LaneBatchCap, SettingValue.Of(77)), (SettingsSchema.LaneConcurrency, SettingValue.Of(2)), (SettingsSchema.LaneWindow, SettingValue.Of(16)));
        await TurnAsync(scene, config, (SettingsSchema.LaneBatchCap, null));
        await scene.PlayAsync(1);
        await scene.EndAsync();
    }

    /// <summary>Changes, and waits for the receipts of all processes with the values they work by.</summary>
    private static async Task TurnAsync(Scene scene, ConfigClient config, params (Setting Setting, SettingValue? Value)[] changes)
    {
        var fleet = scene.Fleet;
        scene.Fault(string.Join(", ", changes.Select(change => $"{change.Setting.Key} = {change.Value?.Text ?? "its default"}")));
        var began = fleet.Clock.GetTimestamp();
        var version = await config.SetAsync("a test turns it", changes);
        var receipts = await config.AppliedAsync(version, fleet.Clock, ReceiptLimit, ServiceProcesses.Ingress, ServiceProcesses.Processor(1), ServiceProcesses.Processor(2));
        scene.Say(string.Create(CultureInfo.InvariantCulture, $"in force everywhere after {fleet.Clock.GetElapsedTime(began).TotalMilliseconds:0} ms"));
        foreach (var receipt in receipts)
        {
            Assert.True(receipt.Status == ReceiptStatus.Applied, $"{receipt.Instance} refused version {receipt.Version}: {receipt.Reason}");
            Assert.True(receipt.InForce >= version);
            foreach (var (setting, value) in changes)
                Assert.True(receipt.Effective.TryGetValue(setting.Key, out var effective) && effective == (value ?? setting.Default),
                    $"{receipt.Instance} works by {setting.Key} = {effective.Text ?? "nothing"} instead of {value?.Text ?? setting.Default.Text}.");
        }
    }
}
