using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>As root on Debian and Ubuntu: installs the programs, then runs them as private processes.</summary>
public sealed class AptServers : IServerWay
{
    public string Name => "private server processes, installed with apt";

    public async Task<WayAnswer> TryAsync(ServerRequest request, CancellationToken cancel)
    {
        if (Programs.Find("apt-get") is null) return WayAnswer.No("no apt-get on this machine");
        if (!Environment.IsPrivilegedProcess) return WayAnswer.No("installing needs root");
        if (await AptInstall.RunAsync(["postgresql", "rabbitmq-server"]) is { } failure) return WayAnswer.No(failure);
        cancel.ThrowIfCancellationRequested();
        return await new PrivateServers().TryAsync(request, cancel);
    }
}
