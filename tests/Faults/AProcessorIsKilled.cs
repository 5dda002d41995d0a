using TreasureHunt.Cli.Boxes;
using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>kill -9: the other processor takes the lanes over, the killed one comes back as the standby, then it is the other's turn.</summary>
[Collection(SharedFleet.Name)]
public sealed class AProcessorIsKilled(SharedFleet shared, ITestOutputHelper output)
{
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Nothing_is_lost_doubled_or_out_of_order_however_often()
    {
        var fleet = shared.Fleet;
        await using var scene = await Scene.BeginAsync(fleet, "killed", output);
        await fleet.StandbyAsync();
        await scene.PlayAsync(2);
        for (var kill = 1; kill <= FaultForm.Kills; kill++)
        {
            var victim = 1 + kill % 2;
            scene.Fault($"kill {kill}: {ServiceProcesses.Processor(victim)}, {(await fleet.StatusAsync(victim))?.ActiveLanes} lanes active");
            await fleet.Services.KillProcessorAsync(victim);
            await fleet.Services.StartProcessorAsync(victim, default);
            await fleet.StandbyAsync(); // the next kill finds a standby
            await scene.PlayAsync(1);
        }
        var longest = await scene.EndAsync();
        Assert.True(longest < MaxSilence, $"Nothing was committed on a lane for {longest}.");
    }
}
