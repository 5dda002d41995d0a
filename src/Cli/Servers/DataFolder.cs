namespace TreasureHunt.Cli.Servers;

/// <summary>
/// Where private servers keep their data: in the box's folder; for root under /var/tmp, because PostgreSQL then runs as
/// another user, who cannot look into a clone under root's home (nor into the box's folder, which holds the keys).
/// A path with white space goes the same way: the broker's scripts do not bear it.
/// </summary>
public static class DataFolder
{
    private const UnixFileMode PassThrough =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static string Of(string boxId, string boxFolder) =>
        Environment.IsPrivilegedProcess || boxFolder.Any(char.IsWhiteSpace)
            ? Path.Combine(Directory.Exists("/var/tmp") ? "/var/tmp" : "/tmp", $"treasure-hunt-{boxId}")
            : Path.Combine(boxFolder, "servers");

    public static string Create(string boxId, string boxFolder)
    {
        var folder = Of(boxId, boxFolder);
        Directory.CreateDirectory(folder, PassThrough);
        File.SetUnixFileMode(folder, PassThrough); // whatever the umask says
        return folder;
    }
}
