namespace TreasureHunt.Tests.Contests;

/// <summary>Where the recorded contests lie: HUNT_DATA, else ../shared/data beside the repository. Never part of it.</summary>
internal static class RecordedContests
{
    public const string EventFeed = "euc-2025-event-feed";
    public const string Xcpcio = "icpc-world-finals-48";
    public const string StandingsXml = "nerc-2020-finals";

    /// <summary>Skips the test, saying so, when the data is not on this machine.</summary>
    public static string Folder(string name)
    {
        var data = Environment.GetEnvironmentVariable("HUNT_DATA") is { Length: > 0 } given ? given : Path.Combine(RepositoryRoot(), "..", "shared", "data");
        var folder = Path.GetFullPath(Path.Combine(data, name));
        Skip.IfNot(Directory.Exists(folder), $"The recorded contest {name} is not on this machine (looked in {folder}; set HUNT_DATA).");
        return folder;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TreasureHunt.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("No TreasureHunt.sln above the test's folder.");
    }
}
