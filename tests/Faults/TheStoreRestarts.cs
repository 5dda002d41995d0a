using System.Text;
using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>PostgreSQL ends at once (immediate: no checkpoint, recovery by its log) and comes back under load.</summary>
[Collection(PrivateGround.Name)]
public sealed class TheStoreRestarts(PrivateGround ground, ITestOutputHelper output)
{
    [SkippableFact]
    public async Task The_lanes_wait_for_it_and_go_on_by_themselves()
    {
        var fleet = ground.Fleet;
        await using var scene = await Scene.BeginAsync(fleet, "store", output);
        await scene.PlayAsync(2);
        var parked = await fleet.ParkedAsync("lane-3");
        var store = new ServerProcess(fleet.Box, "postgres");
        for (var round = 1; round <= (FaultForm.IsLong ? 5 : 2); round++)
        {
            scene.Fault($"the store ends at once (SIGQUIT), round {round}");
            await store.EndAsync(ServerProcess.SigQuit);
            await fleet.Mail(scene.Client.Ledger).SendAsync(lane: 3, Encoding.UTF8.GetBytes("{ unreadable while the store is away"));
            await scene.PlayAsync(2);
            await store.StartAsync();
            fleet.Data.Clear(); // this test's own connections died too
            scene.Say("it answers again");
            await scene.LanesAreWorkedAsync();
            scene.Say("every lane is worked again");
            await scene.PlayAsync(2);
            await fleet.UntilParkedAsync("lane-3", parked + round, TimeSpan.FromSeconds(15));
        }
        await scene.EndAsync();
    }
}
