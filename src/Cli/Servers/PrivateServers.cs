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
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var postgres = Screen.StepAsync("PostgreSQL", () => PrivatePostgres.StartAsync(programs, request, data, stop.Token));
        var rabbit = PrivateRabbitMq.StartAsync(programs, request, data, stop.Token);
        try
        {
            await Task.WhenAll(postgres, rabbit);
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
        return WayAnswer.Have(new ProvisionedServers
        {
            Way = "private", Postgres = postgres.Result, RabbitMq = rabbit.Result, TestVhosts = request.TestVhostNames,
        });
    }
}
