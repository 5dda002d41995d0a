using TreasureHunt.Cli.Boxes;
using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>
/// SIGSTOP: a processor that seems dead and is not. The broker gives its lanes to the other one after some heartbeats; when
/// it wakes, what it still holds in memory is stale and must not reach the store.
/// </summary>
[Collection(SharedFleet.Name)]
public sealed class AProcessorIsFrozen(SharedFleet shared, ITestOutputHelper output)
{
    private static readonly TimeSpan TakeoverLimit = TimeSpan.FromSeconds(25);

    [Fact]
    public async Task The_other_takes_over_and_the_sleeper_is_fenced()
    {
        var fleet = shared.Fleet;
        await using var scene = await Scene.BeginAsync(fleet, "frozen", output);
        await fleet.StandbyAsync();
        await scene.PlayAsync(2);
        var (before, sleeper, standby) = await fleet.BusyAsync();

        scene.Fault($"freeze {ServiceProcesses.Processor(sleeper)}, {before.ActiveLanes} lanes active");
        var frozenAt = fleet.Clock.GetTimestamp();
        fleet.Services.PauseProcessor(sleeper);
        try
        {
            while ((await fleet.StatusAsync(standby))?.ActiveLanes != fleet.Options.Lanes)
            {
                Assert.True(fleet.Clock.GetElapsedTime(frozenAt) < TakeoverLimit, $"{ServiceProcesses.Processor(standby)} has not taken all lanes over after {TakeoverLimit}.");
                await Task.Delay(100);
            }
            scene.Say($"all lanes at {ServiceProcesses.Processor(standby)} after {fleet.Clock.GetElapsedTime(frozenAt).TotalSeconds:0.0} s");
            var rest = FaultForm.Freeze - fleet.Clock.GetElapsedTime(frozenAt);
            await scene.PlayAsync(Math.Max(1, rest.TotalSeconds));
        }
        finally
        {
            fleet.Services.ContinueProcessor(sleeper);
        }
        scene.Say("wakes");
        await scene.PlayAsync(4);
        var after = await fleet.StatusAsync(sleeper);
        scene.Say($"the sleeper since it froze: {after!.Totals.Committed - before.Totals.Committed} committed, "
            + $"{after.Totals.Retried - before.Totals.Retried} batches refused or retried, {after.Totals.Repeated - before.Totals.Repeated} actions recognised as decided");
        await scene.EndAsync();
    }
}
