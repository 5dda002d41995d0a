using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace TreasureHunt.Cli.Contests;

/// <summary>
/// Reads a contest from a PCMS2 monitor (standings.xml), as NERC publishes it. The file is the published result too:
/// totals as attributes, the order of the sessions as the ranking.
/// </summary>
internal static class StandingsXmlReader
{
    private const long MaxFileMiB = 64;
    private const int PenaltyMinutes = 20; // the format's own; not in the file
    private static readonly DateTimeOffset UnknownStart = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Contest Read(string path)
    {
        var file = Path.GetFileName(path);
        var contest = Load(path).Root?.Element("contest") ?? throw new ContestFormatException(file, "holds no standings/contest; is it a PCMS2 monitor?");
        var notes = new ContestNotes();
        var duration = TimeSpan.FromMilliseconds(Whole(contest, "length", file));
        if (duration <= TimeSpan.Zero) throw Wrong(contest, file, "length must be more than 0 ms");
        var start = UnknownStart;
        if (contest.Attribute("start-time-millis") is not null)
            start = DateTimeOffset.FromUnixTimeMilliseconds(Whole(contest, "start-time-millis", file));
        else
            notes.Say($"The file gives no date; the contest's clock starts at {UnknownStart:yyyy-MM-dd'T'HH:mm'Z'}.");
        var freeze = contest.Attribute("freeze-time-millis") ?? contest.Attribute("freeze-millis");
        var freezeAt = freeze is null ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Whole(contest, freeze.Name.LocalName, file));

        var problems = Problems(contest, file);
        var known = problems.Select(p => p.Id).ToHashSet();
        var sessions = new List<SessionRuns>();
        foreach (var session in contest.Elements("session")) sessions.Add(Session(session, known, file, notes));
        if (sessions.GroupBy(s => s.Team.Id).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ContestFormatException(file, $"session '{twice.Key}' is listed twice");

        return new Contest
        {
            Format = ContestFormat.StandingsXml,
            Name = Text(contest, "name") is { Length: > 0 } name ? name : Path.GetFileNameWithoutExtension(path),
            Start = start,
            Duration = duration,
            FreezeAt = freezeAt > TimeSpan.Zero && freezeAt < duration ? freezeAt : null,
            PenaltyMinutes = PenaltyMinutes,
            LateRunsCount = true,
            Problems = problems,
            Teams = [.. sessions.Select(s => s.Team)],
            Runs = [.. sessions.SelectMany(s => s.Runs).OrderBy(run => run.At)], // stable: file order within a millisecond
            Published = new PublishedResult { Totals = Totals(contest, file) },
            Notes = notes.Sentences,
        };
    }

    private static XDocument Load(string path)
    {
        var file = Path.GetFileName(path);
        if (new FileInfo(path).Length > MaxFileMiB * 1024 * 1024) throw new ContestFormatException(file, $"longer than {MaxFileMiB} MiB");
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        try
        {
            using var reader = XmlReader.Create(path, settings);
            return XDocument.Load(reader, LoadOptions.SetLineInfo);
        }
        catch (XmlException e)
        {
            throw new ContestFormatException($"{file} line {e.LineNumber}, position {e.LinePosition}", "not XML; is the file complete?", e);
        }
    }

    private static List<ContestProblem> Problems(XElement contest, string file)
    {
        var challenge = contest.Element("challenge") ?? throw Wrong(contest, file, "has no challenge element, so the problems are unknown");
        return [.. challenge.Elements("problem").Select(p =>
        {
            var alias = Required(p, "alias", file);
            return new ContestProblem(alias, alias, Text(p, "name") is { Length: > 0 } name ? name : alias);
        })];
    }

    private sealed record SessionRuns(ContestTeam Team, List<ContestRun> Runs);

    private static SessionRuns Session(XElement session, HashSet<string> known, string file, ContestNotes notes)
    {
        var team = new ContestTeam(Required(session, "alias", file), Text(session, "party") ?? Required(session, "alias", file));
        var runs = new List<ContestRun>();
        foreach (var problem in session.Elements("problem"))
        {
            var alias = Required(problem, "alias", file);
            if (!known.Contains(alias)) throw Wrong(problem, file, $"problem '{alias}' is not in the challenge");
            runs.AddRange(Runs(problem, team.Id, alias, file, notes));
        }
        return new SessionRuns(team, runs);
    }

    private static List<ContestRun> Runs(XElement problem, string team, string alias, string file, ContestNotes notes)
    {
        var runs = new List<ContestRun>();
        var outcomes = false;
        foreach (var run in problem.Elements("run"))
        {
            var id = Text(run, "run-id") is { Length: > 0 } given ? given : $"{team}.{alias}.{runs.Count + 1}";
            if (Text(run, "score") is { } score && double.TryParse(score, CultureInfo.InvariantCulture, out var points) && points != 0)
                throw Wrong(run, file, "a contest scored by points cannot be ranked by solved problems");
            outcomes |= Text(run, "outcome") is not null;
            if (Judge(run) is { } verdict) runs.Add(new ContestRun(id, team, alias, TimeSpan.FromMilliseconds(Whole(run, "time", file)), verdict));
            else notes.Count("run without a verdict left out", id);
        }
        return outcomes ? runs : FreeTheUncounted(problem, runs, notes);
    }

    /// <summary>
    /// Older monitors give no outcome, only how many attempts counted. The surplus of rejected runs before the accepted
    /// one cost nothing; which of them is unknown and does not matter for the result.
    /// </summary>
    private static List<ContestRun> FreeTheUncounted(XElement problem, List<ContestRun> runs, ContestNotes notes)
    {
        var accepted = runs.FindIndex(run => run.Verdict == Verdict.Accepted);
        if (accepted < 0 || !int.TryParse(Text(problem, "attempts"), CultureInfo.InvariantCulture, out var attempts)) return runs;
        for (var i = 0; i < accepted - (attempts - 1); i++)
        {
            notes.Count("rejected run that the list did not count as an attempt, taken as free", runs[i].Id);
            runs[i] = runs[i] with { Verdict = Verdict.Free };
        }
        return runs;
    }

    private static Verdict? Judge(XElement run) => (Text(run, "accepted"), Text(run, "outcome")) switch
    {
        ("yes", _) => Verdict.Accepted,
        ("undefined", _) or (_, "undefined") => null,
        (_, "accepted") => Verdict.Accepted,
        (_, "compilation-error" or "fail") => Verdict.Free,
        _ => Verdict.Rejected,
    };

    private static List<PublishedTotal> Totals(XElement contest, string file)
    {
        var sessions = contest.Elements("session").ToList();
        if (sessions.Any(s => s.Attribute("solved") is null || s.Attribute("penalty") is null)) return [];
        return [.. sessions.Select((s, index) => new PublishedTotal(
            Required(s, "alias", file), index + 1, (int)Whole(s, "solved", file), Whole(s, "penalty", file),
            s.Attribute("time") is null ? null : TimeSpan.FromMilliseconds(Whole(s, "time", file))))];
    }

    private static string? Text(XElement element, string name) => element.Attribute(name)?.Value;

    private static string Required(XElement element, string name, string file) =>
        Text(element, name) is { Length: > 0 } value ? value : throw Wrong(element, file, $"{element.Name.LocalName} has no {name}");

    private static long Whole(XElement element, string name, string file) =>
        long.TryParse(Required(element, name, file), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong(element, file, $"{element.Name.LocalName} {name}='{Text(element, name)}' is not a whole number");

    private static ContestFormatException Wrong(XElement element, string file, string problem) =>
        new($"{file} line {((IXmlLineInfo)element).LineNumber}", problem);
}
