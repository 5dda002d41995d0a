using System.Globalization;

namespace TreasureHunt.Tests.Benchmarks.Measure;

/// <summary>Processor time and memory of processes, read from /proc (proc(5)). Linux only: elsewhere all is 0 or null.</summary>
public static class ProcessTree
{
    /// <summary>/proc counts in hundredths of a second on every Linux we know (USER_HZ).</summary>
    private const double TicksPerSecond = 100;

    private const int Parent = 1, UserTime = 11, SystemTime = 12, EndedUserTime = 13, EndedSystemTime = 14, ResidentPages = 21;

    /// <summary>Of the process and all its descendants, those that ended and were waited for included.</summary>
    public static TimeSpan Cpu(int root) =>
        TimeSpan.FromSeconds(Tree(root).Sum(process => process.Stat[UserTime] + process.Stat[SystemTime] + process.Stat[EndedUserTime] + process.Stat[EndedSystemTime]) / TicksPerSecond);

    /// <summary>Of the process and all its descendants, in bytes; what they share (PostgreSQL's buffers) is counted once. 0: not to be seen by us.</summary>
    public static long ProportionalBytes(int root) => Tree(root).Sum(process => ProportionalKilobytes(process.Pid)) * 1_024;

    /// <summary>Of the one process, without those it started.</summary>
    public static TimeSpan OwnCpu(int pid) =>
        OperatingSystem.IsLinux() && Stat(pid) is { } stat ? TimeSpan.FromSeconds((stat[UserTime] + stat[SystemTime]) / TicksPerSecond) : TimeSpan.Zero;

    /// <summary>Of the one process, in bytes.</summary>
    public static long ResidentBytes(int pid) => Stat(pid) is { } stat ? stat[ResidentPages] * Environment.SystemPageSize : 0;

    private static IEnumerable<(int Pid, long[] Stat)> Tree(int root)
    {
        var all = All();
        return all.Where(process => Descends(process.Key)).Select(process => (process.Key, process.Value));

        bool Descends(int pid)
        {
            while (pid != root)
            {
                if (!all.TryGetValue(pid, out var stat)) return false;
                pid = (int)stat[Parent];
            }
            return true;
        }
    }

    private static long ProportionalKilobytes(int pid)
    {
        const string Field = "Pss:";
        try
        {
            var line = File.ReadLines($"/proc/{pid}/smaps_rollup").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(Field.Length).TrimEnd("kB"), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static Dictionary<int, long[]> All()
    {
        var all = new Dictionary<int, long[]>();
        if (!OperatingSystem.IsLinux()) return all;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var pid) && Stat(pid) is { } stat) all[pid] = stat;
        return all;
    }

    /// <summary>The fields after the name, "state" (a letter, here 0) being number 0; null: it has ended.</summary>
    private static long[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return Array.ConvertAll(fields, field => long.TryParse(field, CultureInfo.InvariantCulture, out var value) ? value : 0);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
