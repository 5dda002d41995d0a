using System.Diagnostics;

namespace TreasureHunt.Cli.Servers;

/// <summary>
/// Starts processes that outlive the command and do not hear its Ctrl-C: own session, no terminal, output to a log file.
/// The shell, setsid and setpriv replace themselves, so the pid we record is the program's own.
/// </summary>
public static class Detached
{
    public static OwnedProcess Start(
        string role, string file, IEnumerable<string> arguments, string log, string folder,
        IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var info = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, UseShellExecute = false };
        List<string> all = ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", role, log];
        if (Programs.Find("setsid") is { } setsid) all.Add(setsid);
        all.Add(file);
        foreach (var argument in all.Concat(arguments)) info.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? []) info.Environment[name] = value;
        using var process = Process.Start(info) ?? throw new InvalidOperationException($"{role} could not be started.");
        return OwnedProcess.Of(role, process.Id);
    }

    /// <summary>Put before a command line: runs it as another user. Only root may.</summary>
    public static string[] As(string user) => [Programs.Need("setpriv"), $"--reuid={user}", $"--regid={user}", "--init-groups"];

    /// <summary>The end of a log, for an error message.</summary>
    public static string LastLines(string log, int lines = 15)
    {
        if (!File.Exists(log)) return "(no log)";
        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        const int tailBytes = 16 * 1024;
        stream.Seek(-Math.Min(tailBytes, stream.Length), SeekOrigin.End);
        return string.Join('\n', new StreamReader(stream).ReadToEnd().TrimEnd().Split('\n').TakeLast(lines));
    }
}
