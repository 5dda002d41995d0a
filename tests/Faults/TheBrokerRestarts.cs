using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>RabbitMQ goes and comes back under load: what it had confirmed is worked, what it had not is sent again by its senders.</summary>
[Collection(PrivateGround.Name)]
public sealed class TheBrokerRestarts(PrivateGround ground, ITestOutputHelper output)
{
    [SkippableTheory]
    [InlineData("in order (SIGTERM)", ServerProcess.SigTerm)]
    [InlineData("killed (SIGKILL)", ServerProcess.SigKill)]
    public async Task Everybody_comes_back_by_themselves_and_nothing_is_lost(string how, int signal)
    {
        var fleet = ground.Fleet;
        await using var scene = await Scene.BeginAsync(fleet, $"broker-{signal}", output);
        await scene.PlayAsync(2);
        var broker = new ServerProcess(fleet.Box, "rabbitmq");
        scene.Fault($"the broker ends {how}");
        await broker.EndAsync(signal);
        scene.Say("it is gone");
        await broker.StartAsync();
        scene.Say("it answers again");
        await scene.LanesAreWorkedAsync();
        scene.Say("every lane is worked again");
        await scene.PlayAsync(3);
        await scene.EndAsync();
    }
}
