using System.Runtime.InteropServices;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Tests.Faults.Fleets;

/// <summary>A private server of a box that can be ended and started again on the same data and ports. Linux.</summary>
/// <param name="role">postgres or rabbitmq</param>
public sealed class ServerProcess(Box box, string role)
{
    public const int SigQuit = 3, SigKill = 9, SigTerm = 15;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60), StartLimit = TimeSpan.FromMinutes(2);

    private OwnedProcess _process = box.ServerProcesses.Single(process => process.Role == role);

    /// <summary>Sends the signal and waits until the process is gone.</summary>
    public async Task EndAsync(int signal)
    {
        if (kill(_process.Pid, signal) != 0) throw new InvalidOperationException($"{role} cannot be signalled.");
        for (var left = EndLimit; _process.IsAlive; left -= TimeSpan.FromMilliseconds(50))
        {
            if (left <= TimeSpan.Zero) throw new InvalidOperationException($"{role} has not ended {EndLimit} after signal {signal}.");
            await Task.Delay(50);
        }
    }

    /// <summary>Starts it again and waits until it answers.</summary>
    public async Task StartAsync()
    {
        _process = StartScript.Run(role, DataFolder.Of(box.Id, box.Folder), box.Logs);
        box.ServerProcesses.RemoveAll(process => process.Role == role);
        box.ServerProcesses.Add(_process);
        box.Save();
        var servers = box.Servers!;
        if (role == PrivatePostgres.Role) await Answers.PostgresAsync(servers.Postgres, StartLimit, () => _process.IsAlive, default);
        else await Answers.RabbitMqAsync(servers.RabbitMq, StartLimit, () => _process.IsAlive, default);
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
