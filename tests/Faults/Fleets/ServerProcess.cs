using System.Runtime.InteropServices;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Tests.Faults.Fleets;

/// <summary>A server of a box that can be ended and started again as the very same process: program, arguments, environment, ports, data. Linux.</summary>
public sealed class ServerProcess
{
    public const int SigQuit = 3, SigKill = 9, SigTerm = 15;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60), StartLimit = TimeSpan.FromMinutes(2);

    private readonly Box _box;
    private readonly string _role, _program, _folder;
    private readonly string[] _arguments;
    private readonly Dictionary<string, string> _environment;
    private OwnedProcess _process;

    /// <param name="role">postgres or rabbitmq</param>
    public ServerProcess(Box box, string role)
    {
        (_box, _role) = (box, role);
        _process = box.ServerProcesses.Single(process => process.Role == role);
        var proc = $"/proc/{_process.Pid}";
        _program = Path.GetFullPath(File.ResolveLinkTarget($"{proc}/exe", returnFinalTarget: false)!.FullName);
        _folder = File.ResolveLinkTarget($"{proc}/cwd", returnFinalTarget: false)!.FullName;
        _arguments = File.ReadAllText($"{proc}/cmdline").TrimEnd('\0').Split('\0')[1..];
        _environment = role == "postgres" ? [] : File.ReadAllText($"{proc}/environ").TrimEnd('\0').Split('\0')
            .Select(variable => variable.Split('=', 2)).Where(variable => variable.Length == 2).DistinctBy(variable => variable[0])
            .ToDictionary(variable => variable[0], variable => variable[1]);
    }

    /// <summary>Sends the signal and waits until the process is gone.</summary>
    public async Task EndAsync(int signal)
    {
        if (kill(_process.Pid, signal) != 0) throw new InvalidOperationException($"{_role} cannot be signalled.");
        for (var left = EndLimit; _process.IsAlive; left -= TimeSpan.FromMilliseconds(50))
        {
            if (left <= TimeSpan.Zero) throw new InvalidOperationException($"{_role} has not ended {EndLimit} after signal {signal}.");
            await Task.Delay(50);
        }
    }

    /// <summary>Starts it again and waits until it answers.</summary>
    public async Task StartAsync()
    {
        var user = _role == "postgres" && Environment.IsPrivilegedProcess ? PrivatePostgres.User : null;
        _process = Detached.Start(_role, _program, _arguments, Path.Combine(_box.Logs, _role + ".log"), _folder, _environment, user);
        _box.ServerProcesses.RemoveAll(process => process.Role == _role);
        _box.ServerProcesses.Add(_process);
        _box.Save();
        var servers = _box.Servers!;
        if (_role == "postgres") await Answers.PostgresAsync(servers.Postgres, StartLimit, () => _process.IsAlive, default);
        else await Answers.RabbitMqAsync(servers.RabbitMq, StartLimit, () => _process.IsAlive, default);
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
