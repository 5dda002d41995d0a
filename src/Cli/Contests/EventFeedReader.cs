namespace TreasureHunt.Cli.Contests;

/// <summary>Reads a contest from an ICPC Contest API event feed (ccs-specs.icpc.io, 2020-03 and later dialects).</summary>
internal static class EventFeedReader
{
    private const int UsualPenaltyMinutes = 20;

    public static async Task<Contest> ReadAsync(string path, CancellationToken cancel)
    {
        var feed = await EventFeed.ReadAsync(path, cancel);
        var contest = feed.Single("contest")
            ?? throw new ContestFormatException(Path.GetFileName(path), "holds no event of type contest; is it an event feed of the Contest API?");
        if (contest.MemberText("scoreboard_type") == "score")
            throw contest.Member("scoreboard_type")!.Value.Wrong("a contest scored by points cannot be ranked by solved problems; use a pass-fail one");

        var notes = new ContestNotes();
        var start = (contest.Member("start_time") ?? feed.Single("state")?.Member("started"))?.Absolute()
            ?? throw contest.Wrong("neither contest.start_time nor state.started is given, so the contest has no start");
        var duration = contest.Required("duration").Relative();
        if (duration <= TimeSpan.Zero) throw contest.Required("duration").Wrong("must be longer than 0:00:00");
        var frozen = contest.Member("scoreboard_freeze_duration")?.Relative() ?? TimeSpan.Zero;
        var problems = Problems(feed);
        var teams = Teams(feed, contest, notes);

        return new Contest
        {
            Format = ContestFormat.EventFeed,
            Name = contest.MemberText("formal_name") ?? contest.MemberText("name") ?? contest.MemberText("id") ?? Path.GetFileName(path),
            Start = start,
            Duration = duration,
            FreezeAt = frozen > TimeSpan.Zero && frozen < duration ? duration - frozen : null,
            PenaltyMinutes = Penalty(contest, notes),
            Problems = problems,
            Teams = teams,
            Runs = Runs(feed, start, problems, teams, notes),
            Published = new PublishedResult { Firsts = Firsts(feed) },
            Notes = notes.Sentences,
        };
    }

    private static List<ContestProblem> Problems(EventFeed feed)
    {
        var problems = feed.All("problems").Select((p, index) => (
            Ordinal: p.Data.Member("ordinal")?.Whole() ?? index,
            Problem: new ContestProblem(p.Id, p.Data.MemberText("label") ?? p.Id, p.Data.MemberText("name") ?? p.Id)));
        return [.. problems.OrderBy(p => p.Ordinal).Select(p => p.Problem)];
    }

    private static List<ContestTeam> Teams(EventFeed feed, JsonPlace contest, ContestNotes notes)
    {
        var hiddenGroups = feed.All("groups").Where(g => g.Data.Member("hidden")?.Yes() == true).Select(g => g.Id).ToHashSet();
        var mainGroup = contest.MemberText("main_scoreboard_group_id");
        var teams = new List<ContestTeam>();
        foreach (var (id, data) in feed.All("teams"))
        {
            var name = data.MemberText("display_name") ?? data.MemberText("name") ?? id;
            var groups = data.Member("group_ids")?.Items().Select(g => g.Text()).ToList() ?? [];
            if (data.Member("hidden")?.Yes() == true || groups.Count > 0 && groups.All(hiddenGroups.Contains))
                notes.Count("hidden team left out, as the contest's own board leaves it out", name);
            else if (mainGroup is not null && !groups.Contains(mainGroup))
                notes.Count($"team outside the main scoreboard's group {mainGroup} left out", name);
            else
                teams.Add(new ContestTeam(id, name));
        }
        return teams;
    }

    private static int Penalty(JsonPlace contest, ContestNotes notes)
    {
        if (contest.Member("penalty_time") is not { } place)
        {
            notes.Say($"The feed gives no penalty_time; {UsualPenaltyMinutes} minutes assumed.");
            return UsualPenaltyMinutes;
        }
        var penalty = place.IsText && place.Text().Contains(':') ? place.Relative() : TimeSpan.FromMinutes(place.Whole());
        if (penalty < TimeSpan.Zero || penalty.Ticks % TimeSpan.TicksPerMinute != 0) throw place.Wrong("must be whole minutes");
        return (int)penalty.TotalMinutes;
    }

    private static List<ContestRun> Runs(
        EventFeed feed, DateTimeOffset start, List<ContestProblem> problems, List<ContestTeam> teams, ContestNotes notes)
    {
        var verdicts = Verdicts(feed);
        var knownTeams = teams.Select(t => t.Id).ToHashSet();
        var knownProblems = problems.Select(p => p.Id).ToHashSet();
        var runs = new List<ContestRun>();
        foreach (var (id, data) in feed.All("submissions"))
        {
            var team = data.MemberText("team_id");
            if (team is null || !knownTeams.Contains(team))
            {
                notes.Count("submission of no team on the board left out", id);
                continue;
            }
            var problem = data.Required("problem_id").Text();
            if (!knownProblems.Contains(problem))
            {
                notes.Count("submission for a problem the feed does not list left out", id);
                continue;
            }
            var at = data.Member("contest_time")?.Relative() ?? ContestTimes.Cut(data.Required("time").Absolute() - start);
            if (at < TimeSpan.Zero) notes.Count("submission before the start left out", id);
            else if (!verdicts.TryGetValue(id, out var verdict)) notes.Count("submission without a verdict left out", id);
            else runs.Add(new ContestRun(id, team, problem, at, verdict));
        }
        return [.. runs.OrderBy(run => run.At)]; // stable: feed order within a millisecond
    }

    /// <summary>The final verdict of each submission: of its judgements that are current and have one, the latest begun.</summary>
    private static Dictionary<string, Verdict> Verdicts(EventFeed feed)
    {
        var types = feed.All("judgement-types").ToDictionary(t => t.Id, t => t.Data);
        var latest = new Dictionary<string, (TimeSpan Begun, Verdict Verdict)>();
        foreach (var (_, data) in feed.All("judgements"))
        {
            var type = data.MemberText("judgement_type_id") ?? data.MemberText("simplified_judgement_type_id");
            if (type is null || data.Member("current")?.Yes() == false) continue;
            var submission = data.Required("submission_id").Text();
            var begun = data.Member("start_contest_time")?.Relative() ?? TimeSpan.MinValue;
            if (!latest.TryGetValue(submission, out var other) || begun >= other.Begun)
                latest[submission] = (begun, Judge(type, types, data));
        }
        return latest.ToDictionary(s => s.Key, s => s.Value.Verdict);
    }

    private static Verdict Judge(string type, Dictionary<string, JsonPlace> types, JsonPlace judgement)
    {
        if (!types.TryGetValue(type, out var known))
        {
            throw judgement.Required(judgement.Member("judgement_type_id") is null ? "simplified_judgement_type_id" : "judgement_type_id")
                .Wrong($"'{type}' is not among the feed's judgement-types");
        }
        if (known.Member("solved")?.Yes() ?? type is "AC") return Verdict.Accepted;
        return known.Member("penalty")?.Yes() ?? type is not ("CE" or "JE") ? Verdict.Rejected : Verdict.Free;
    }

    private static List<PublishedFirst> Firsts(EventFeed feed)
    {
        const string award = "first-to-solve-";
        var firsts = feed.All("awards").Where(a => a.Id.StartsWith(award, StringComparison.Ordinal) && a.Data.Member("team_ids") is not null);
        return [.. firsts.Select(a => new PublishedFirst(a.Id[award.Length..], [.. a.Data.Required("team_ids").Items().Select(t => t.Text())]))];
    }
}
