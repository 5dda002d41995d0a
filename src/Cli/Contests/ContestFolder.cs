namespace TreasureHunt.Cli.Contests;

/// <summary>Tells by a folder's content which format it holds, and reads it.</summary>
public static class ContestFolder
{
    private static readonly string[] FeedNames = ["event-feed.ndjson", "event-feed.json", "event-feed"];

    /// <param name="path">the folder, or the feed or standings file itself</param>
    /// <exception cref="ContestFormatException">no known format, or the files break its rules</exception>
    public static async Task<Contest> ReadAsync(string path, CancellationToken cancel)
    {
        var contest = await ReadFormatAsync(path, cancel);
        if (contest.Teams.Count == 0) throw new ContestFormatException(path, "the contest has no teams");
        if (contest.Problems.Count == 0) throw new ContestFormatException(path, "the contest has no problems");
        return contest;
    }

    private static async Task<Contest> ReadFormatAsync(string path, CancellationToken cancel)
    {
        if (File.Exists(path))
        {
            return path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase)
                ? StandingsXmlReader.Read(path)
                : await EventFeedReader.ReadAsync(path, cancel);
        }
        if (!Directory.Exists(path)) throw new ContestFormatException(path, "there is no such folder");
        foreach (var name in FeedNames)
            if (File.Exists(Path.Combine(path, name))) return await EventFeedReader.ReadAsync(Path.Combine(path, name), cancel);
        if (File.Exists(Path.Combine(path, "run.json")) || File.Exists(Path.Combine(path, "team.json")))
            return await XcpcioReader.ReadAsync(path, cancel);
        if (File.Exists(Path.Combine(path, "standings.xml"))) return StandingsXmlReader.Read(Path.Combine(path, "standings.xml"));
        throw new ContestFormatException(path,
            "holds no contest this program can read: event-feed.ndjson (Contest API), config.json + team.json + run.json (xcpcio board) or standings.xml (PCMS2)");
    }
}
