using TreasureHunt.Cli.Boxes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Faults.Clients;
using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>A process that dies twice right after a change starts on the settings before it and says so; the next change lifts that. kill -9 stands for the crash: nothing tells the two apart.</summary>
[Collection(SharedFleet.Name)]
public sealed class AProcessorCrashesAfterAChange(SharedFleet shared, ITestOutputHelper output)
{
    private const int Victim = 1;
    private static readonly string Name = ServiceProcesses.Processor(Victim), Other = ServiceProcesses.Processor(2);
    private static readonly TimeSpan ReceiptLimit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task It_starts_on_the_settings_before_and_tells_the_fleet_until_others_come()
    {
        var fleet = shared.Fleet;
        await fleet.StandbyAsync();
        await using var scene = await Scene.BeginAsync(fleet, "crash", output);
        using var config = fleet.Config();
        await config.SetAsync("versions are counted here: no plan may come between", (SettingsSchema.LaneBalance, SettingValue.Of(false)));
        var bad = await config.SetAsync("it will crash", (SettingsSchema.LaneBatchCap, SettingValue.Of(99)));
        await config.AppliedAsync(bad, fleet.Clock, ReceiptLimit, ServiceProcesses.Ingress, Name, Other);
        for (var crash = 1; crash <= 2; crash++)
        {
            Assert.Equal(bad, (await fleet.StatusAsync(Victim))!.SettingsVersion);
            scene.Fault($"crash {crash} of {Name}, right after version {bad}");
            await fleet.Services.KillProcessorAsync(Victim);
            await fleet.Services.StartProcessorAsync(Victim, default);
        }

        var refused = await ReceiptAsync(config, Name, receipt => receipt.Status == ReceiptStatus.Refused);
        scene.Say($"{refused.Instance}: {refused.Reason}");
        Assert.Equal((bad, SettingsSchema.LaneBatchCap.Default), (refused.Version, refused.Effective[SettingsSchema.LaneBatchCap.Key]));
        Assert.StartsWith($"quarantined: crashed twice within 60 s of version {bad}; works by version {refused.InForce}", refused.Reason);
        Assert.True(refused.InForce < bad);
        Assert.Equal(refused.InForce, (await fleet.StatusAsync(Victim))!.SettingsVersion);
        Assert.Equal((refused.Version, Standing.Refused), await config.StandingAsync(Name));
        Assert.Equal(ReceiptStatus.Applied, (await ReceiptAsync(config, Other, _ => true)).Status);
        await scene.LanesAreWorkedAsync();

        foreach (var (value, why) in new[] { ((SettingValue?)SettingValue.Of(100), "another value"), (null, "back") })
        {
            var next = await config.SetAsync(why, (SettingsSchema.LaneBatchCap, value));
            Assert.Equal(next, (await ReceiptAsync(config, Name, receipt => receipt is { Status: ReceiptStatus.Applied } && receipt.InForce == next)).Version);
        }
        scene.Say("the next change lifted the quarantine");
        await config.SetAsync("plans may move again", (SettingsSchema.LaneBalance, (SettingValue?)null));
        await fleet.StandbyAsync();
        await scene.EndAsync();
    }

    private async Task<SettingsReceipt> ReceiptAsync(ConfigClient config, string instance, Func<SettingsReceipt, bool> which)
    {
        for (var began = shared.Fleet.Clock.GetTimestamp(); ; await Task.Delay(50))
        {
            var receipt = (await config.ReceiptsAsync()).Single(receipt => receipt.Instance == instance);
            if (which(receipt)) return receipt;
            Assert.True(shared.Fleet.Clock.GetElapsedTime(began) < ReceiptLimit, $"The receipt of {instance} is still {receipt} after {ReceiptLimit}.");
        }
    }
}
