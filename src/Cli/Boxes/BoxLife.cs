using System.Globalization;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Cli.Boxes;

/// <summary>How a box comes up and goes down. Callers hold the box's lock, or are alone with it.</summary>
public static class BoxLife
{
    /// <summary>Servers only: found or started, remembered in the box.</summary>
    /// <param name="provisioner">null: the default order of ways</param>
    public static async Task StartServersAsync(Box box, int testVhosts, CancellationToken cancel, Provisioner? provisioner = null)
    {
        var gate = new Lock(); // server processes are started in parallel
        var request = new ServerRequest(box.Name, box.Id, box.Folder, box.Logs, box.ServerPassword, testVhosts, process =>
        {
            lock (gate)
            {
                box.ServerProcesses.Add(process);
                box.Save();
            }
        });
        box.Servers = await (provisioner ?? Provisioner.Default).StartAsync(request, cancel);
        box.Save();
    }

    /// <summary>Servers, schema, services. What a failure or Ctrl-C leaves half way is ended.</summary>
    public static async Task<ServiceProcesses> StartAsync(Box box, int processors, CancellationToken cancel, Provisioner? provisioner = null)
    {
        try
        {
            await StartServersAsync(box, testVhosts: 0, cancel, provisioner);
            if (await HuntStore.LaneCountAsync(BoxEnvironment.Options(box, "migrate"), cancel) is { } lanes && lanes != box.Lanes)
            {
                Screen.Note($"The store was provisioned with {lanes} lanes: the box has as many.");
                box.Lanes = lanes;
                box.Save();
            }
            await MigrateCommand.RunAsync(BoxEnvironment.Options(box, "migrate"), cancel);
            var services = new ServiceProcesses(box);
            await services.StartAllAsync(processors, cancel);
            return services;
        }
        catch
        {
            await StopAsync(box, deleteData: false);
            throw;
        }
    }

    /// <summary>Ends a private server process and starts it again on the same data and ports; returns when it answers.</summary>
    /// <param name="role">postgres or rabbitmq</param>
    /// <param name="kill">SIGKILL instead of an orderly stop</param>
    public static async Task RestartServerAsync(Box box, string role, bool kill, CancellationToken cancel)
    {
        var index = box.ServerProcesses.FindIndex(process => process.Role == role);
        if (index < 0) throw new InvalidOperationException($"This box has no {role} process of its own.");
        box.ServerProcesses[index] = await PrivateServers.RestartAsync(box.ServerProcesses[index], DataFolder.Of(box.Id, box.Folder), box.Logs, kill);
        box.Save();
        var limit = TimeSpan.FromMinutes(2);
        if (role == PrivatePostgres.Role) await Answers.PostgresAsync(box.Servers!.Postgres, limit, () => true, cancel);
        else await Answers.RabbitMqAsync(box.Servers!.RabbitMq, limit, () => true, cancel);
    }

    /// <summary>Ends all the box started. Also cleans up after a crash: what is dead already is just forgotten.</summary>
    public static async Task StopAsync(Box box, bool deleteData)
    {
        await new ServiceProcesses(box).StopAllAsync();
        await Provisioner.StopAsync(box.Id, box.Folder, box.ServerProcesses, deleteData);
        box.ServerProcesses.Clear();
        box.Servers = null;
        if (deleteData) box.Delete(); else box.Save();
    }
}

/// <summary>A box that lives as long as a command: its data goes when the command ends, also by Ctrl-C or failure.</summary>
public sealed class ThrowAwayBox : IAsyncDisposable
{
    private ThrowAwayBox(Box box) => Box = box;

    public Box Box { get; }

    public static async Task<ThrowAwayBox> CreateAsync(string purpose)
    {
        await SweepAsync(purpose);
        return new ThrowAwayBox(Box.Create(purpose + "-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
    }

    public async ValueTask DisposeAsync()
    {
        Screen.Note("tearing down …");
        await BoxLife.StopAsync(Box, deleteData: true);
    }

    /// <summary>Clears what killed commands of the same purpose could not.</summary>
    private static async Task SweepAsync(string purpose)
    {
        foreach (var name in Box.Names())
        {
            if (!name.StartsWith(purpose + "-", StringComparison.Ordinal) || !int.TryParse(name.AsSpan(purpose.Length + 1), out var owner)) continue;
            if (!OwnedProcess.Exists(owner) && Box.TryLoad(name) is { } left) await BoxLife.StopAsync(left, deleteData: true);
        }
    }
}
