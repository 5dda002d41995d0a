namespace TreasureHunt.Cli.Servers;

/// <summary>
/// What the machine starts when it boots. Debian packages enable their services when installed; what an install of ours
/// added is taken back, so that the machine boots as before.
/// </summary>
public static class BootServices
{
    private const string Units = "/etc/systemd/system";

    /// <summary>Links that make systemd start a unit, and System V start links.</summary>
    public static IReadOnlySet<string> Enabled() =>
        new[] { Units }.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateDirectories(folder, "*.wants").SelectMany(wants => Directory.EnumerateFileSystemEntries(wants)))
            .Concat(Enumerable.Range(2, 4).Select(level => $"/etc/rc{level}.d").Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFileSystemEntries(folder, "S*")))
            .ToHashSet(StringComparer.Ordinal);

    public static async Task DisableNewAsync(IReadOnlySet<string> before)
    {
        var limit = TimeSpan.FromMinutes(1);
        var added = Enabled().Except(before).ToList();
        foreach (var unit in added.Where(link => link.StartsWith(Units, StringComparison.Ordinal)).Select(Path.GetFileName).Distinct())
            if (Programs.Find("deb-systemd-helper") is { } helper) await Programs.RunAsync(helper, ["disable", unit!], limit);
        foreach (var script in added.Where(link => link.StartsWith("/etc/rc", StringComparison.Ordinal)).Select(link => Path.GetFileName(link)[3..]).Distinct())
            if (Programs.Find("update-rc.d") is { } update) await Programs.RunAsync(update, [script, "disable"], limit);
    }
}
