namespace TreasureHunt.Cli.Servers;

/// <summary>
/// A system file with other content for a while. The original is moved aside (mode and owner stay) and moved back on
/// dispose; one that a killed command left aside is moved back first.
/// </summary>
public sealed class ReplacedFile : IDisposable
{
    private readonly string _path;

    private string Aside => _path + ".treasure-hunt-saved";

    private string Mark => _path + ".treasure-hunt-was-absent";

    public ReplacedFile(string path, string content, bool executable)
    {
        _path = path;
        Restore();
        if (File.Exists(path)) File.Move(path, Aside); else File.WriteAllText(Mark, "");
        File.WriteAllText(path, content);
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.SetUnixFileMode(path, executable ? mode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : mode);
    }

    public void Dispose() => Restore();

    private void Restore()
    {
        if (File.Exists(Aside)) File.Move(Aside, _path, overwrite: true);
        if (!File.Exists(Mark)) return;
        File.Delete(_path);
        File.Delete(Mark);
    }
}
