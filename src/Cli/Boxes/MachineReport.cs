using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Cli.Boxes;

public sealed record Finding(string What, string State);

/// <summary>What a machine brings along, and by which way servers would be had.</summary>
public sealed record MachineReport(IReadOnlyList<Finding> Findings)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public static async Task<MachineReport> MakeAsync(CancellationToken cancel)
    {
        var environment = Environment.GetEnvironmentVariable(EnvironmentServers.PostgresVariable) is { Length: > 0 };
        var docker = Programs.Find("docker") is { } client
            ? await Programs.RunAsync(client, ["version", "--format", "{{.Server.Version}}"], Limit, cancel)
            : new ProgramResult(-1, "");
        var programs = ServerPrograms.Find(out var missing);
        var canInstall = Environment.IsPrivilegedProcess && Programs.Find("apt-get") is not null;
        return new MachineReport(
        [
            new("operating system", System.Runtime.InteropServices.RuntimeInformation.OSDescription),
            new("cores, memory", $"{Environment.ProcessorCount}, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20} MiB"),
            new(".NET runtime", Environment.Version.ToString()),
            new("user", Environment.IsPrivilegedProcess ? $"root; PostgreSQL runs as {PrivatePostgres.User ?? "nobody suitable"}" : Environment.UserName),
            new("connection strings in the environment", environment ? "set" : "not set"),
            new("Docker engine", docker.Ok ? docker.Said : "does not answer"),
            new("PostgreSQL", programs is null ? Missing(missing, "PostgreSQL") : await VersionAsync(Path.Combine(programs.Postgres, "postgres"), cancel)),
            new("RabbitMQ", programs is null ? Missing(missing, "RabbitMQ") : RabbitMqVersion(programs)),
            new("apt-get as root", canInstall ? "yes: what is missing is installed when needed" : "no"),
            new("servers would come from",
                environment ? "the environment" : docker.Ok ? "the Docker engine, if it has or can pull the images" : programs is not null ? "private processes"
                : canInstall ? "apt, then private processes" : "nowhere: ./hunt up will say what to do"),
        ]);
    }

    private static string Missing(string missing, string program) => missing.Contains(program, StringComparison.Ordinal) ? "not installed" : "installed";

    private static async Task<string> VersionAsync(string program, CancellationToken cancel) =>
        (await Programs.RunAsync(program, ["--version"], Limit, cancel)).Said;

    /// <summary>The folder names it: …/rabbitmq_server-3.10.8/sbin. Asking the program would start an Erlang machine.</summary>
    private static string RabbitMqVersion(ServerPrograms programs)
    {
        var folder = Path.GetFileName(Path.GetDirectoryName(programs.RabbitMq)) ?? "";
        return folder.StartsWith("rabbitmq_server-", StringComparison.Ordinal) ? folder["rabbitmq_server-".Length..] : "installed";
    }
}
