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
        catch (IOException)
        {
            // a process that just ended still wrote: the system clears it some day
        }
    }
}
