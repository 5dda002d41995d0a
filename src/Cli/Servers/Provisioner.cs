using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>
/// Finds PostgreSQL and RabbitMQ in a fixed order: what the environment names, a Docker engine, installed programs as
/// private child processes, the same after an apt install (root on Debian or Ubuntu). The first way that is open is taken.
/// </summary>
public sealed class Provisioner(IReadOnlyList<IServerWay> ways)
{
    public static IReadOnlyList<IServerWay> DefaultWays { get; } = [new EnvironmentServers(), new DockerServers(), new PrivateServers(), new AptServers()];

    public static Provisioner Default { get; } = new(DefaultWays);

    /// <summary>Processes of our own or nothing: for who wants to stop, kill and restart servers (<see cref="PrivateServers.RestartAsync"/>).</summary>
    public static Provisioner Private { get; } = new([.. DefaultWays.Where(way => way is PrivateServers or AptServers)]);

    /// <exception cref="CommandFailed">no way is open; the message names what each needs</exception>
    public async Task<ProvisionedServers> StartAsync(ServerRequest request, CancellationToken cancel)
    {
        var refused = new List<string>();
        foreach (var way in ways)
        {
            var answer = await way.TryAsync(request, cancel);
            if (answer.Servers is { } servers)
            {
                Screen.Note($"servers: {way.Name}");
                return servers;
            }
            refused.Add($"  - {way.Name}: {answer.WhyNot}");
        }
        throw new CommandFailed(ExitCode.NotProvisioned,
            $"""
            PostgreSQL and RabbitMQ are needed and cannot be had here. Open one of these ways:
              1. name servers that run: ConnectionStrings__Postgres='Host=…;Username=…;Password=…;Database=…' and ConnectionStrings__RabbitMq=amqp://user:password@host:5672/vhost
              2. start a Docker engine that has, or can pull, {DockerServers.PostgresImage} and {DockerServers.RabbitMqImage}
              3. install the programs (Debian, Ubuntu: apt-get install postgresql rabbitmq-server); as root this is done for you
            What was tried:
            {string.Join('\n', refused)}
            """);
    }

    /// <summary>Ends what was started, last first; servers that were only used are left alone.</summary>
    public static async Task StopAsync(string boxId, string boxFolder, IEnumerable<OwnedProcess> processes, bool deleteData)
    {
        foreach (var process in processes.Reverse()) await process.StopAsync(patience: TimeSpan.FromSeconds(20));
        await DockerServers.StopAsync(boxId, deleteData);
        if (deleteData && DataFolder.Of(boxId, boxFolder) is var folder && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
