using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TreasureHunt.Cli.Servers;

/// <summary>
/// A process we started and may end, also from a later command. The start time guards against a pid that was given
/// to somebody else meanwhile.
/// </summary>
/// <param name="Started">in the unit of the system (clock ticks since boot on Linux)</param>
public sealed record OwnedProcess(string Role, int Pid, long Started)
{
    private const int SigKill = 9, SigTerm = 15;
    private static readonly (int Stop, int Continue) Job = OperatingSystem.IsMacOS() ? (17, 19) : (19, 18);

    public bool IsAlive => StartOf(Pid) == Started;

    public static bool Exists(int pid) => StartOf(pid) is not null;

    public static OwnedProcess Of(string role, int pid) =>
        new(role, pid, StartOf(pid) ?? throw new InvalidOperationException($"{role} ended at once."));

    /// <summary>SIGTERM, then SIGKILL to its whole process group when it takes longer than <paramref name="patience"/>.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        if (!IsAlive) return;
        Continue(); // a stopped process would not hear the request
        kill(Pid, SigTerm);
        for (var clock = Stopwatch.StartNew(); IsAlive && clock.Elapsed < patience;) await Task.Delay(30);
        await KillAsync();
    }

    /// <summary>SIGKILL to its process group: it leads one, see <see cref="Detached"/>.</summary>
    public async Task KillAsync()
    {
        while (IsAlive)
        {
            if (kill(-Pid, SigKill) != 0) kill(Pid, SigKill);
            await Task.Delay(20);
        }
    }

    /// <summary>SIGSTOP: frozen until <see cref="Continue"/>.</summary>
    public void Pause() => kill(Pid, Job.Stop);

    public void Continue() => kill(Pid, Job.Continue);

    /// <summary>null: no such process, or a dead one nobody has collected yet.</summary>
    private static long? StartOf(int pid)
    {
        if (!OperatingSystem.IsLinux())
        {
            try
            {
                using var process = Process.GetProcessById(pid);
                return process.HasExited ? null : new DateTimeOffset(process.StartTime).ToUnixTimeSeconds();
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
            {
                return null;
            }
        }
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // the name before may hold anything
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19]); // proc(5): (3) state, (22) starttime
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
