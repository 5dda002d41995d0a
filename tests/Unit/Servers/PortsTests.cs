using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Tests.Unit.Servers;

public sealed class PortsTests
{
    [Fact]
    public void Ports_are_different_and_below_the_range_of_outgoing_connections()
    {
        var ports = Ports.Free(50);
        Assert.Equal(50, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 1024, 32767));
    }
}
