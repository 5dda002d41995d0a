using System.Text.Json;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>
/// A RabbitMQ of our own: own node name, cookie, ports, and an own port mapper (epmd) so that ending it disturbs nobody.
/// Users and virtual hosts come from a definitions file read at start, which needs no plugin and no further program.
/// </summary>
public static class PrivateRabbitMq
{
    public const string Role = "rabbitmq";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    /// <returns>address of the box's virtual host</returns>
    public static async Task<Uri> StartAsync(ServerPrograms programs, ServerRequest request, string parent, CancellationToken cancel)
    {
        var home = Path.Combine(parent, "rabbitmq");
        Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var ports = Ports.Free(3);
        int amqp = ports[0], distribution = ports[1], mapper = ports[2];
        WriteConfiguration(request, home, amqp);

        request.Started(StartScript.WriteAndRun(
            "epmd", parent, request.Logs, new Dictionary<string, string>(), programs.Epmd, "-address", "127.0.0.1", "-port", $"{mapper}"));
        var process = StartScript.WriteAndRun(
            Role, parent, request.Logs, Variables(request, home, amqp, distribution, mapper), Path.Combine(programs.RabbitMq, "rabbitmq-server"));
        request.Started(process);

        var address = new Uri($"amqp://{ServerRequest.User}:{request.Password}@127.0.0.1:{amqp}/{ServerRequest.Vhost}");
        try
        {
            await Answers.RabbitMqAsync(address, StartLimit, () => process.IsAlive, cancel);
        }
        catch (CommandFailed failed)
        {
            throw StartScript.Failed(failed, Role, request.Logs);
        }
        return address;
    }

    private static void WriteConfiguration(ServerRequest request, string home, int amqp)
    {
        File.WriteAllText(Path.Combine(home, "plugins"), "[].\n");
        File.WriteAllText(Path.Combine(home, "rabbitmq.conf"),
            $"""
            listeners.tcp.1 = 127.0.0.1:{amqp}
            load_definitions = {home}/definitions.json
            disk_free_limit.absolute = 200MB
            vm_memory_high_watermark.absolute = 1GB
            max_message_size = 16777216

            """);
        string[] vhosts = [ServerRequest.Vhost, .. request.TestVhostNames];
        Box.WritePrivate(Path.Combine(home, "definitions.json"), JsonSerializer.Serialize(new
        {
            vhosts = vhosts.Select(name => new { name }),
            users = new[] { new { name = ServerRequest.User, password = request.Password, tags = new[] { "administrator" } } },
            permissions = vhosts.Select(vhost => new { user = ServerRequest.User, vhost, configure = ".*", write = ".*", read = ".*" }),
        }));
    }

    private static Dictionary<string, string> Variables(ServerRequest request, string home, int amqp, int distribution, int mapper) => new()
    {
        ["HOME"] = home, // the Erlang cookie lies there
        ["RABBITMQ_NODENAME"] = $"hunt-{request.Id}@localhost",
        ["RABBITMQ_NODE_PORT"] = $"{amqp}",
        ["RABBITMQ_DIST_PORT"] = $"{distribution}", // the default, node port + 20000, may not exist
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none", // it shares the machine: no busy waiting
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["ERL_EPMD_PORT"] = $"{mapper}",
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(home, "data"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(home, "log"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(home, "rabbitmq.conf"),
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(home, "advanced.config"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(home, "plugins"),
        ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
        ["RUNNING_UNDER_SYSTEMD"] = "true", // the script becomes the server instead of staying its parent: one pid, plain SIGTERM
    };
}
