using TreasureHunt.Cli.Contests;

namespace TreasureHunt.Tests.Unit.Contests;

/// <summary>A folder of hand-made files in a contest format, gone after the test.</summary>
internal sealed class ContestFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hunt-contest-");

    public string Folder => _folder.FullName;

    public ContestFiles With(string name, string content)
    {
        File.WriteAllText(Path.Combine(Folder, name), content);
        return this;
    }

    public Task<Contest> ReadAsync() => ContestFolder.ReadAsync(Folder, CancellationToken.None);

    public void Dispose() => _folder.Delete(recursive: true);
}
