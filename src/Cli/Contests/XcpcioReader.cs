using System.Globalization;

namespace TreasureHunt.Cli.Contests;

/// <summary>
/// Reads a contest from an xcpcio board (config.json, team.json, run.json; github.com/xcpcio/xcpcio, "Data Format").
/// The board counts every run it lists, also those at or after the end.
/// </summary>
internal static class XcpcioReader
{
    private const long MaxFileMiB = 64;
    private const int UsualPenaltySeconds = 1200;
    private static readonly HashSet<string> Accepted = ["ACCEPTED", "CORRECT", "AC", "OK"];
    private static readonly HashSet<string> Pending = ["PENDING", "WAITING", "JUDGING", "FROZEN", "PD"];
    private static readonly HashSet<string> Rejected =
    [
        "REJECTED", "INCORRECT", "RJ", "WRONG_ANSWER", "WA", "RUNTIME_ERROR", "RE", "RT", "RTE", "TIME_LIMIT_EXCEEDED", "TL", "TLE",
        "MEMORY_LIMIT_EXCEEDED", "ML", "MLE", "OUTPUT_LIMIT_EXCEEDED", "OL", "OLE", "IDLENESS_LIMIT_EXCEEDED", "IL", "ILE", "NO_OUTPUT", "NO",
        "JUDGEMENT_FAILED", "JE", "HACKED",
    ];
    private static readonly HashSet<string> Free =
    [
        "COMPILATION_ERROR", "COMPILE_ERROR", "CE", "PRESENTATION_ERROR", "PE", "CONFIGURATION_ERROR", "SYSTEM_ERROR", "SE", "CANCELED", "SKIPPED",
    ];

    public static async Task<Contest> ReadAsync(string folder, CancellationToken cancel)
    {
        var config = await FileAsync(folder, "config.json", cancel);
        var notes = new ContestNotes();
        var start = Moment(config.Required("start_time"));
        var duration = Moment(config.Required("end_time")) - start;
        if (duration <= TimeSpan.Zero) throw config.Required("end_time").Wrong("must be after start_time");
        var options = config.Member("options");
        var seconds = options?.MemberText("calculation_of_penalty") is "in_seconds" or "accumulate_in_seconds_and_finally_to_the_minute";
        var problems = Problems(config);
        var teams = Teams(await FileAsync(folder, "team.json", cancel), notes);
        var runs = Runs(await FileAsync(folder, "run.json", cancel), Unit(options), problems, teams, notes);
        if (seconds) notes.Say("The contest counts penalties in seconds; this engine counts whole minutes, and so does the comparison.");
        foreach (var late in runs.Where(run => run.At >= duration))
            notes.Count("run at or after the end, counted as the board counts it", late.Id);

        return new Contest
        {
            Format = ContestFormat.Xcpcio,
            Name = Name(config.Required("contest_name")),
            Start = start,
            Duration = duration,
            FreezeAt = Freeze(config, start, duration, notes),
            PenaltyMinutes = Penalty(config, notes),
            PenaltyCount = seconds ? PenaltyCount.Seconds : PenaltyCount.WholeMinutes,
            LateRunsCount = true,
            Problems = problems,
            Teams = teams,
            Runs = runs,
            Notes = notes.Sentences,
        };
    }

    private static async Task<JsonPlace> FileAsync(string folder, string name, CancellationToken cancel)
    {
        var file = new FileInfo(Path.Combine(folder, name));
        if (!file.Exists) throw new ContestFormatException(name, $"is missing in {folder}; an xcpcio board has config.json, team.json and run.json");
        if (file.Length > MaxFileMiB * 1024 * 1024) throw new ContestFormatException(name, $"longer than {MaxFileMiB} MiB");
        return JsonPlace.Parse(await File.ReadAllBytesAsync(file.FullName, cancel), name);
    }

    /// <summary>ISO 8601, seconds (10 digits) or milliseconds (13 digits) since 1970.</summary>
    private static DateTimeOffset Moment(JsonPlace place)
    {
        if (place.IsText && !long.TryParse(place.Text(), CultureInfo.InvariantCulture, out _)) return place.Absolute();
        var number = place.Whole();
        if (number is < 0 or > 99_999_999_999_999) throw place.Wrong("must be seconds or milliseconds since 1970");
        return DateTimeOffset.FromUnixTimeMilliseconds(number < 100_000_000_000 ? number * 1000 : number);
    }

    private static TimeSpan? Freeze(JsonPlace config, DateTimeOffset start, TimeSpan duration, ContestNotes notes)
    {
        if (config.Member("freeze_time") is { } moment)
            return Moment(moment) - start is var at && at > TimeSpan.Zero && at < duration ? at : null;
        if (config.Member("frozen_time") is not { } place) return null;
        var last = TimeSpan.FromSeconds(place.Whole());
        if (last > duration && last / 1000 < duration)
        {
            notes.Say($"frozen_time {place.Whole()} is longer than the contest in seconds and was taken as milliseconds.");
            last /= 1000;
        }
        return last > TimeSpan.Zero && last < duration ? duration - last : null;
    }

    private static int Penalty(JsonPlace config, ContestNotes notes)
    {
        if (config.Member("penalty") is not { } place)
        {
            notes.Say($"config.json gives no penalty; {UsualPenaltySeconds} seconds assumed.");
            return UsualPenaltySeconds / 60;
        }
        var seconds = place.Whole();
        if (seconds < 0 || seconds % 60 != 0) throw place.Wrong("must be whole minutes, given in seconds");
        return (int)(seconds / 60);
    }

    /// <summary>Ticks of one step of a run's timestamp.</summary>
    private static decimal Unit(JsonPlace? options) => options?.Member("submission_timestamp_unit") is not { } unit
        ? TimeSpan.TicksPerSecond
        : unit.Text() switch
        {
            "minute" => TimeSpan.TicksPerMinute,
            "second" => TimeSpan.TicksPerSecond,
            "millisecond" => TimeSpan.TicksPerMillisecond,
            "microsecond" => TimeSpan.TicksPerMicrosecond,
            "nanosecond" => 0.01m,
            _ => throw unit.Wrong("must be minute, second, millisecond, microsecond or nanosecond"),
        };

    private static List<ContestProblem> Problems(JsonPlace config)
    {
        if (config.Member("problems") is { } problems)
        {
            return [.. problems.Items().Select(p =>
            {
                var id = p.Required("id").Text();
                var label = p.MemberText("label") ?? id;
                return new ContestProblem(id, label, p.Member("name") is { } name ? Name(name) : label);
            })];
        }
        var labels = config.Member("problem_id") ?? throw config.Wrong("neither problems nor problem_id is given");
        return [.. labels.Items().Select((label, index) =>
            new ContestProblem(index.ToString(CultureInfo.InvariantCulture), label.Text(), label.Text()))];
    }

    private static List<ContestTeam> Teams(JsonPlace file, ContestNotes notes)
    {
        var teams = file.IsArray
            ? file.Items().Select(team => (Id: (team.Member("team_id") ?? team.Required("id")).Text(), Place: team))
            : file.IsObject
                ? file.Members().Select(team => (Id: team.Place.MemberText("team_id") ?? team.Place.MemberText("id") ?? team.Name, team.Place))
                : throw file.Wrong("must be an array of teams or an object of teams by id");
        var seen = new HashSet<string>();
        var list = new List<ContestTeam>();
        foreach (var (id, place) in teams)
        {
            if (!seen.Add(id)) throw place.Wrong($"team '{id}' is listed twice");
            var name = (place.Member("name") ?? place.Member("team_name")) is { } given ? Name(given) : id;
            if (place.Member("unofficial") is { IsArray: false, IsObject: false } unofficial && unofficial.Yes())
                notes.Count("unofficial team, ranked like the others", name);
            list.Add(new ContestTeam(id, name));
        }
        return list;
    }

    /// <summary>A text, or texts by language: the fallback or the first.</summary>
    private static string Name(JsonPlace place)
    {
        if (!place.IsObject) return place.Text();
        var texts = place.Member("texts") ?? place;
        var language = place.MemberText("fallback_lang") ?? "en";
        return texts.MemberText(language) ?? texts.Members().Select(m => m.Place.Text()).FirstOrDefault() ?? throw place.Wrong("holds no name");
    }

    private static List<ContestRun> Runs(
        JsonPlace file, decimal unit, List<ContestProblem> problems, List<ContestTeam> teams, ContestNotes notes)
    {
        var listed = file.IsArray
            ? file.Items().Select((run, index) => (Key: index.ToString(CultureInfo.InvariantCulture), Place: run))
            : file.IsObject
                ? file.Members().Select(run => (Key: run.Name, run.Place))
                : throw file.Wrong("must be an array of runs or an object of runs by id");
        var knownTeams = teams.Select(t => t.Id).ToHashSet();
        var knownProblems = problems.Select(p => p.Id).ToHashSet();
        var seen = new HashSet<string>();
        var runs = new List<ContestRun>();
        foreach (var (key, place) in listed)
        {
            var id = place.MemberText("submission_id") ?? place.MemberText("id") ?? key;
            if (!seen.Add(id)) id = $"{id}#{key}";
            var team = place.Required("team_id").Text();
            var problem = place.Required("problem_id").Text();
            var at = TimeSpan.FromMilliseconds((long)Math.Floor(place.Required("timestamp").Whole() * unit / TimeSpan.TicksPerMillisecond));
            if (!knownTeams.Contains(team)) notes.Count("run of a team that team.json does not list left out", id);
            else if (!knownProblems.Contains(problem)) notes.Count("run for a problem that config.json does not list left out", id);
            else if (at < TimeSpan.Zero) notes.Count("run before the start left out", id);
            else if (Judge(place, notes) is { } verdict) runs.Add(new ContestRun(id, team, problem, at, verdict));
            else notes.Count("run without a verdict left out", id);
        }
        return [.. runs.OrderBy(run => run.At)]; // stable: file order within a millisecond
    }

    private static Verdict? Judge(JsonPlace run, ContestNotes notes)
    {
        var word = run.Required("status").Text().ToUpperInvariant().Replace(' ', '_');
        if (run.Member("is_ignore")?.Yes() == true || Free.Contains(word)) return Verdict.Free;
        if (Accepted.Contains(word)) return Verdict.Accepted;
        if (Rejected.Contains(word)) return Verdict.Rejected;
        if (Pending.Contains(word)) return null;
        notes.Count("run with a status the format does not count, taken as free", word);
        return Verdict.Free;
    }
}
