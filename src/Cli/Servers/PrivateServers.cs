using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>Installed programs, run as child processes of our own: own ports, own data, loopback only.</summary>
public sealed class PrivateServers : IServerWay
{
    public string Name => "private server processes";

    public async Task<WayAnswer> TryAsync(ServerRequest request, CancellationToken cancel)
    {
        if (ServerPrograms.Find(out var missing) is not { } programs) return WayAnswer.No($"not installed: {missing}");
        if (Environment.IsPrivilegedProcess && PrivatePostgres.User is null) return WayAnswer.No("root needs a user 'postgres' or 'nobody' to run PostgreSQL as");

        var data = DataFolder.Create(request.Id, request.Folder);
        var postgres = Screen.StepAsync("PostgreSQL", () => PrivatePostgres.StartAsync(programs, request, data, cancel));
        var rabbit = Screen.StepAsync("RabbitMQ", () => PrivateRabbitMq.StartAsync(programs, request, data, cancel));
        await Task.WhenAll(postgres, rabbit);
        return WayAnswer.Have(new ProvisionedServers
        {
            Way = "private", Postgres = postgres.Result, RabbitMq = rabbit.Result, TestVhosts = request.TestVhostNames,
        });
    }

    /// <summary>Ends a server and starts it again on the same data and ports. It may not answer yet when this returns.</summary>
    public static async Task<OwnedProcess> RestartAsync(OwnedProcess process, string dataFolder, string logs, bool kill)
    {
        if (kill) await process.KillAsync(); else await process.StopAsync(TimeSpan.FromSeconds(30));
        return StartScript.Run(process.Role, dataFolder, logs);
    }
}
