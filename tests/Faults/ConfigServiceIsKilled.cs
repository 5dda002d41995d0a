using TreasureHunt.Cli.Boxes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>Nothing on the path of an action asks ConfigService: without it all go on with what they have, also one that starts anew.</summary>
[Collection(SharedFleet.Name)]
public sealed class ConfigServiceIsKilled(SharedFleet shared, ITestOutputHelper output)
{
    private static readonly TimeSpan ReceiptLimit = TimeSpan.FromSeconds(30), MaxSilence = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_pipeline_does_not_notice_and_settings_keep()
    {
        var fleet = shared.Fleet;
        await fleet.StandbyAsync();
        await using var scene = await Scene.BeginAsync(fleet, "config", output);
        using var config = fleet.Config();
        var version = await config.SetAsync("before it dies; versions are counted here: no plan may come between", (SettingsSchema.LaneBatchCap, SettingValue.Of(123)), (SettingsSchema.LaneBalance, SettingValue.Of(false)));
        await config.AppliedAsync(version, fleet.Clock, ReceiptLimit, ServiceProcesses.Ingress, ServiceProcesses.Processor(1), ServiceProcesses.Processor(2));

        scene.Fault("kill -9 of ConfigService");
        await fleet.Services.KillAsync(ServiceProcesses.Config);
        await scene.PlayAsync(FaultForm.IsLong ? 60 : 4);
        foreach (var processor in new[] { 1, 2 }) Assert.Equal(version, (await fleet.StatusAsync(processor))!.SettingsVersion);

        scene.Fault("a processor starts without ConfigService");
        await fleet.Services.StopProcessorAsync(1);
        await fleet.Services.StartProcessorAsync(1, default);
        Assert.Equal(version, (await fleet.StatusAsync(1))!.SettingsVersion);
        await fleet.StandbyAsync();

        scene.Fault("ConfigService comes back");
        await fleet.Services.StartAsync(ServiceProcesses.Config, default);
        var next = await config.SetAsync("after it came back", (SettingsSchema.LaneBatchCap, null), (SettingsSchema.LaneBalance, null));
        Assert.True(next > version);
        await config.AppliedAsync(next, fleet.Clock, ReceiptLimit, ServiceProcesses.Ingress, ServiceProcesses.Processor(1), ServiceProcesses.Processor(2));
        scene.Say("its next change is in force everywhere");
        var longest = await scene.EndAsync();
        Assert.True(longest < MaxSilence, $"Nothing was committed on a lane for {longest}.");
    }
}
