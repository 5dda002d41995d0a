using TreasureHunt.Cli.Boxes;
using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>SIGTERM under load: the running commits end, the lanes are given up in order, the process goes.</summary>
[Collection(SharedFleet.Name)]
public sealed class AProcessorIsStopped(SharedFleet shared, ITestOutputHelper output)
{
    private static readonly TimeSpan MaxExit = TimeSpan.FromSeconds(10), MaxSilence = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task It_gives_its_lanes_up_in_order_and_is_gone_within_ten_seconds()
    {
        var fleet = shared.Fleet;
        await using var scene = await Scene.BeginAsync(fleet, "stopped", output);
        await fleet.StandbyAsync();
        await scene.PlayAsync(2);
        for (var stop = 1; stop <= 2; stop++)
        {
            var (busy, active, _) = await fleet.BusyAsync();
            scene.Fault($"stop {busy.Instance}, {busy.ActiveLanes} lanes active");
            var process = fleet.Services.Find(ServiceProcesses.Processor(active)).Process;
            var began = fleet.Clock.GetTimestamp();
            await process.StopAsync(MaxExit * 2);
            var took = fleet.Clock.GetElapsedTime(began);
            scene.Say($"gone after {took.TotalMilliseconds:0} ms");
            Assert.True(took < MaxExit, $"It took {took} to end.");
            await scene.PlayAsync(2);
            await fleet.Services.StartProcessorAsync(active, default);
            await fleet.StandbyAsync();
        }
        var longest = await scene.EndAsync();
        Assert.True(longest < MaxSilence, $"Nothing was committed on a lane for {longest}.");
    }
}
