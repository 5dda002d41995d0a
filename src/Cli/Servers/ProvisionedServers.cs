namespace TreasureHunt.Cli.Servers;

/// <summary>A PostgreSQL and a RabbitMQ that answer, and what to end when they are not needed any more.</summary>
public sealed record ProvisionedServers
{
    /// <summary>environment, docker or private.</summary>
    public required string Way { get; init; }

    /// <summary>Npgsql connection string; the user may create databases, except where the environment gave another.</summary>
    public required string Postgres { get; init; }
    public required Uri RabbitMq { get; init; }

    /// <summary>Empty virtual hosts for tests, which need fresh queues.</summary>
    public IReadOnlyList<string> TestVhosts { get; init; } = [];
}

/// <param name="Id">of the box: names containers and the data folder</param>
/// <param name="Folder">of the box</param>
/// <param name="TestVhosts">how many virtual hosts t0, t1 … to make beside the box's own</param>
/// <param name="Started">told of every process at once, so that it can be ended even if this command is killed meanwhile</param>
public sealed record ServerRequest(
    string Box, string Id, string Folder, string Logs, string Password, int TestVhosts, Action<OwnedProcess> Started)
{
    public const string User = "hunt", Database = "hunt", Vhost = "hunt";

    public IReadOnlyList<string> TestVhostNames => [.. Enumerable.Range(0, TestVhosts).Select(i => $"t{i}")];
}

/// <summary>One way to have servers.</summary>
public interface IServerWay
{
    /// <summary>For people: "a Docker engine".</summary>
    string Name { get; }

    Task<WayAnswer> TryAsync(ServerRequest request, CancellationToken cancel);
}

/// <summary>The servers, or why this way is not open here.</summary>
public sealed record WayAnswer(ProvisionedServers? Servers, string WhyNot)
{
    public static WayAnswer Have(ProvisionedServers servers) => new(servers, "");

    public static WayAnswer No(string why) => new(null, why);
}
