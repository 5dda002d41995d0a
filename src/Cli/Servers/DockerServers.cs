using Npgsql;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>Two containers on a Docker engine. An engine that has no image and can pull none is passed over within seconds.</summary>
public sealed class DockerServers : IServerWay
{
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(5), LookUp = TimeSpan.FromSeconds(10), Pull = TimeSpan.FromMinutes(10), Start = TimeSpan.FromMinutes(2);

    public static string PostgresImage => Environment.GetEnvironmentVariable("HUNT_POSTGRES_IMAGE") is { Length: > 0 } image ? image : "postgres:18";

    public static string RabbitMqImage => Environment.GetEnvironmentVariable("HUNT_RABBITMQ_IMAGE") is { Length: > 0 } image ? image : "rabbitmq:4";

    public string Name => "a Docker engine";

    public async Task<WayAnswer> TryAsync(ServerRequest request, CancellationToken cancel)
    {
        if (Programs.Find("docker") is null) return WayAnswer.No("no docker command on this machine");
        if (await DockerAsync(Quick, cancel, "version", "--format", "{{.Server.Version}}") is { Ok: false }) return WayAnswer.No("the engine does not answer");
        foreach (var image in new[] { PostgresImage, RabbitMqImage })
            if (!await HaveAsync(image, cancel)) return WayAnswer.No($"the image {image} is neither here nor to be pulled");

        var (postgres, rabbit) = (Names(request.Id)[0], Names(request.Id)[1]);
        await RunOrStartAsync(postgres, 5432, PostgresImage,
            [
                "-e", $"POSTGRES_USER={ServerRequest.User}", "-e", $"POSTGRES_PASSWORD={request.Password}", "-e", $"POSTGRES_DB={ServerRequest.Database}",
            ],
            ["postgres", .. PostgresTuning.Settings.SelectMany(setting => new[] { "-c", $"{setting.Name}={setting.Value}" })], cancel);
        await RunOrStartAsync(rabbit, 5672, RabbitMqImage,
            [
                "--hostname", rabbit, "-e", $"RABBITMQ_DEFAULT_USER={ServerRequest.User}", "-e", $"RABBITMQ_DEFAULT_PASS={request.Password}",
                "-e", $"RABBITMQ_DEFAULT_VHOST={ServerRequest.Vhost}",
            ], [], cancel);

        var database = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = await PortAsync(postgres, 5432, cancel), Username = ServerRequest.User, Password = request.Password, Database = ServerRequest.Database,
            GssEncryptionMode = GssEncryptionMode.Disable, // machines without Kerberos would say so at every first connection
        }.ConnectionString;
        var broker = new Uri($"amqp://{ServerRequest.User}:{request.Password}@127.0.0.1:{await PortAsync(rabbit, 5672, cancel)}/{ServerRequest.Vhost}");
        await Screen.StepAsync("PostgreSQL", () => Answers.PostgresAsync(database, Start, () => true, cancel));
        await Screen.StepAsync("RabbitMQ", () => Answers.RabbitMqAsync(broker, Start, () => true, cancel));
        if (request.TestVhosts > 0) await AddVhostsAsync(rabbit, request, cancel);
        return WayAnswer.Have(new ProvisionedServers { Way = "docker", Postgres = database, RabbitMq = broker, TestVhosts = request.TestVhostNames });
    }

    /// <summary>Stops the box's containers; with deleteData they and their volumes go.</summary>
    public static async Task StopAsync(string boxId, bool deleteData)
    {
        if (Programs.Find("docker") is null) return;
        string[] arguments = deleteData ? ["rm", "--force", "--volumes"] : ["stop"];
        await DockerAsync(TimeSpan.FromMinutes(1), CancellationToken.None, [.. arguments, .. Names(boxId)]);
    }

    private static string[] Names(string boxId) => [$"treasure-hunt-{boxId}-postgres", $"treasure-hunt-{boxId}-rabbitmq"];

    private static async Task<bool> HaveAsync(string image, CancellationToken cancel)
    {
        if ((await DockerAsync(Quick, cancel, "image", "inspect", image)).Ok) return true;
        if (!(await DockerAsync(LookUp, cancel, "manifest", "inspect", image)).Ok) return false; // no way to the registry
        return await Screen.StepAsync($"pulling {image}", async () => (await DockerAsync(Pull, cancel, "pull", image)).Ok);
    }

    /// <summary>A stopped container of this box is started again: its data is in it.</summary>
    private static async Task RunOrStartAsync(string name, int port, string image, string[] options, string[] command, CancellationToken cancel)
    {
        if ((await DockerAsync(Start, cancel, "start", name)).Ok) return;
        var run = await DockerAsync(Start, cancel, ["run", "--detach", "--name", name, "--publish", $"127.0.0.1::{port}", .. options, image, .. command]);
        if (!run.Ok) throw new CommandFailed(ExitCode.NotProvisioned, $"The container {name} ({image}) could not be started:\n{run.Said}");
    }

    private static async Task<int> PortAsync(string name, int port, CancellationToken cancel)
    {
        var answer = await DockerAsync(Quick, cancel, "port", name, $"{port}/tcp");
        return int.TryParse(answer.Said.Split('\n')[0].Split(':')[^1], out var published)
            ? published
            : throw new CommandFailed(ExitCode.NotProvisioned, $"The container {name} does not publish port {port}: {answer.Said}");
    }

    private static async Task AddVhostsAsync(string container, ServerRequest request, CancellationToken cancel)
    {
        var script = $"for v in {string.Join(' ', request.TestVhostNames)}; do rabbitmqctl -q add_vhost $v && rabbitmqctl -q set_permissions -p $v {ServerRequest.User} '.*' '.*' '.*' || exit 1; done";
        var made = await DockerAsync(Start, cancel, "exec", container, "sh", "-c", script);
        if (!made.Ok) throw new CommandFailed(ExitCode.NotProvisioned, $"Virtual hosts for tests could not be made:\n{made.Said}");
    }

    private static Task<ProgramResult> DockerAsync(TimeSpan limit, CancellationToken cancel, params string[] arguments) =>
        Programs.RunAsync(Programs.Need("docker"), arguments, limit, cancel);
}
