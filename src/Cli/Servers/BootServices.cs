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
            .SelectMany(folder => Directory.EnumerateDirectories(folder, "*.wants").SelectMany(Directory.EnumerateFileSystemEntries))
            .Concat("S2345".Select(level => $"/etc/rc{level}.d").Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFileSystemEntries(folder, "S*")))
            .ToHashSet(StringComparer.Ordinal);

    public static async Task DisableNewAsync(IReadOnlySet<string> before)
    {
        var added = Enabled().Except(before).ToLookup(link => link.StartsWith(Units, StringComparison.Ordinal));
        // update-rc.d knows how scripts are ordered; of systemd's links we remove just the new ones, as systemctl disable would
        foreach (var script in added[false].Select(link => Path.GetFileName(link)[3..]).Distinct())
            await Programs.RunAsync(Programs.Need("update-rc.d"), [script, "disable"], TimeSpan.FromMinutes(1));
        foreach (var link in added[true]) File.Delete(link);
    }
}
