namespace TreasureHunt.Cli.Tests;

/// <summary>A folder for what processes leave among the temporary files; it goes with all of it. Short: sockets lie in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hunt-test-").FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception no) when (no is IOException or UnauthorizedAccessException)
        {
            // a process that just ended still wrote, or left a folder it may not enter itself: the system clears it some day
        }
    }
}
