using System.Text;
using Npgsql;
using RabbitMQ.Client;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Cli.Boxes;

/// <param name="Address">empty for servers' helpers</param>
public sealed record ProcessReport(string Name, int Pid, string Address, string State, bool IsWell);

/// <summary>How a box is: asked of its processes, not remembered.</summary>
/// <param name="State">up, down, or what is wrong</param>
public sealed record BoxReport(
    string Name, string State, bool IsWell, string Servers, string Lanes, string Data, IReadOnlyList<ProcessReport> Processes)
{
    public static async Task<BoxReport> MakeAsync(Box box, CancellationToken cancel)
    {
        if (box.Servers is not { } servers)
            return new BoxReport(box.Name, "down", true, "none", $"{box.Lanes}", box.Folder, []);

        var (postgres, lanes) = await PostgresAsync(servers.Postgres, cancel);
        var rabbit = await RabbitMqAsync(servers.RabbitMq, cancel);
        var processes = new List<ProcessReport>();
        foreach (var server in box.ServerProcesses)
            processes.Add(new ProcessReport(server.Role, server.Pid, "", server.IsAlive ? "runs" : "has ended", server.IsAlive));
        foreach (var service in box.Services) processes.Add(await ServiceAsync(service, cancel));

        var broken = processes.Where(process => !process.IsWell).Select(process => $"{process.Name} {process.State}").ToList();
        if (postgres.Wrong) broken.Add("PostgreSQL does not answer");
        if (rabbit.Wrong) broken.Add("RabbitMQ does not answer");
        return new BoxReport(
            box.Name, broken.Count == 0 ? "up" : string.Join(", ", broken), broken.Count == 0,
            $"{servers.Way}, {postgres.Said}, {rabbit.Said}", lanes,
            servers.Way == "private" ? DataFolder.Of(box.Id, box.Folder) : box.Folder, processes);
    }

    private static async Task<ProcessReport> ServiceAsync(BoxService service, CancellationToken cancel)
    {
        var address = service.Address.GetLeftPart(UriPartial.Authority);
        if (!service.Process.IsAlive) return new ProcessReport(service.Instance, service.Process.Pid, address, "has ended", false);
        using var http = new HttpClient { BaseAddress = service.Address, Timeout = TimeSpan.FromSeconds(5) };
        var ready = await ServiceProcesses.IsReadyAsync(http, cancel);
        return new ProcessReport(service.Instance, service.Process.Pid, address, ready ? "ready" : "not ready", ready);
    }

    private static async Task<((string Said, bool Wrong), string Lanes)> PostgresAsync(string connectionString, CancellationToken cancel)
    {
        try
        {
            var once = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 3 };
            await using var connection = new NpgsqlConnection(once.ConnectionString);
            await connection.OpenAsync(cancel);
            await using var provisioned = new NpgsqlCommand("select to_regclass('hunts.fleet') is not null", connection);
            var lanes = "not provisioned";
            if (await provisioned.ExecuteScalarAsync(cancel) is true)
            {
                await using var count = new NpgsqlCommand("select lanes from hunts.fleet", connection);
                lanes = $"{await count.ExecuteScalarAsync(cancel)}";
            }
            return (($"PostgreSQL {connection.PostgreSqlVersion} on {once.Host}:{once.Port}", false), lanes);
        }
        catch (Exception no) when (no is NpgsqlException or TimeoutException)
        {
            return (("PostgreSQL does not answer", true), "unknown");
        }
    }

    private static async Task<(string Said, bool Wrong)> RabbitMqAsync(Uri address, CancellationToken cancel)
    {
        try
        {
            var factory = new ConnectionFactory { Uri = address, AutomaticRecoveryEnabled = false, RequestedConnectionTimeout = TimeSpan.FromSeconds(3) };
            await using var connection = await factory.CreateConnectionAsync(cancel);
            var version = connection.ServerProperties?.TryGetValue("version", out var value) == true && value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "?";
            return ($"RabbitMQ {version} on {address.Host}:{address.Port}", false);
        }
        catch (Exception no) when (no is RabbitMQ.Client.Exceptions.BrokerUnreachableException or TimeoutException)
        {
            return ("RabbitMQ does not answer", true);
        }
    }
}
