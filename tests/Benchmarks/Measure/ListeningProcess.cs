using System.Globalization;

namespace TreasureHunt.Tests.Benchmarks.Measure;

/// <summary>Finds the server behind a port of this machine, however it was started.</summary>
public static class ListeningProcess
{
    private const string Listening = "0A";
    private const int LocalAddress = 1, State = 3, Inode = 9;

    /// <param name="program">start of the process's name; anything else (a container engine's proxy) is not the server</param>
    /// <returns>null: not here, or not to be seen by us</returns>
    public static int? Find(int port, string program)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var sockets = Sockets(port).Select(inode => $"socket:[{inode}]").ToHashSet();
        var owners = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
            .Where(pid => pid > 0 && Name(pid).StartsWith(program, StringComparison.Ordinal) && Has(pid, sockets));
        return owners.Order().Select(pid => (int?)pid).FirstOrDefault();
    }

    private static IEnumerable<string> Sockets(int port) =>
        new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > Inode && fields[State] == Listening
                && int.TryParse(fields[LocalAddress].Split(':')[^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var local) && local == port)
            .Select(fields => fields[Inode]);

    private static bool Has(int pid, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{pid}/fd").Any(file => File.ResolveLinkTarget(file, returnFinalTarget: false) is { } link
                && sockets.Contains(Path.GetFileName(link.FullName)));
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Name(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
