using System.Globalization;

namespace TreasureHunt.Cli.Contests;

/// <summary>
/// Compares what the engine's boards say with what is known of the contest: the published values inside the input, the
/// files beside it, else the independent scorer. Every comparison says whether it was made with published or with
/// derived values.
/// </summary>
public static class ContestVerification
{
    /// <param name="folder">where expected-, published- and derived- files may lie beside the log; null: none</param>
    public static IReadOnlyList<Comparison> Compare(Contest contest, string? folder, EngineResult engine)
    {
        var comparisons = new List<Comparison>();
        comparisons.AddRange(Final(contest, folder, engine.Final));
        if (contest.FreezeAt is { } freeze) comparisons.AddRange(AtFreeze(contest, folder, freeze, engine.AtFreeze ?? []));
        comparisons.AddRange(Firsts(contest, folder, engine.Firsts));
        return comparisons;
    }

    private static IEnumerable<Comparison> Final(Contest contest, string? folder, IReadOnlyList<BoardEntry> board)
    {
        var compared = new List<Comparison>();
        if (contest.Published.Totals is { Count: > 0 } totals)
        {
            const string against = "totals and order inside the input";
            var rows = totals.ToDictionary(t => t.Team);
            compared.Add(Rows("final: solved, penalty", Label.Published, against, rows.Keys, board, team => Total(rows[team].Solved, rows[team].PenaltyMinutes), Total));
            compared.Add(Order("final: order", Label.Published, against, totals.Select(t => (t.Team, t.Position)), board));
            if (totals.All(t => t.LastAccepted is not null))
                compared.Add(Rows("final: last accepted", Label.Published, against, rows.Keys, board, team => Ms(rows[team].LastAccepted), b => Ms(b.LastAccepted)));
        }
        compared.AddRange(WithFile("final", folder, "expected-standings.csv", Label.Published, board));
        compared.AddRange(WithFile("final", folder, "derived-standings-final.csv", Label.Derived, board));
        return compared.Count > 0 ? compared : WithScorer("final", contest, null, board);
    }

    private static IEnumerable<Comparison> AtFreeze(Contest contest, string? folder, TimeSpan freeze, IReadOnlyList<BoardEntry> board)
    {
        var compared = WithFile("public board while frozen", folder, "derived-standings-at-freeze.csv", Label.Derived, board);
        return compared.Count > 0 ? compared : WithScorer("public board while frozen", contest, freeze, board);
    }

    private static IEnumerable<Comparison> Firsts(Contest contest, string? folder, IReadOnlyList<FirstSolve> found)
    {
        var compared = new List<Comparison>();
        var byProblem = found.ToDictionary(f => f.Problem);
        if (contest.Published.Firsts is { Count: > 0 } awards)
        {
            compared.Add(Make("first to solve", Label.Published, "awards inside the input", awards.Select(award =>
            {
                var team = byProblem.GetValueOrDefault(award.Problem)?.Team;
                var equal = award.Teams.Count == 0 ? team is null : team is not null && award.Teams.Contains(team);
                return (award.Problem, Expected: string.Join(" or ", award.Teams.DefaultIfEmpty("nobody")), Found: team ?? "nobody", equal);
            })));
        }
        foreach (var name in (string[])["published-first-to-solve.csv", "expected-first-to-solve.csv"])
        {
            if (folder is null || CsvTable.Read(folder, name, "problem", "team_id", "time_ms") is not { } file) continue;
            // A PCMS2 monitor publishes no first to solve, so such a file beside it was computed.
            var label = contest.Format == ContestFormat.StandingsXml ? Label.Derived : Label.Published;
            var rows = file.Rows.ToDictionary(row => ProblemOf(contest, file, row));
            compared.Add(Make("first to solve", label, name, rows.Select(r => Cell(r.Key, file.Cell(r.Value, "team_id"), byProblem.GetValueOrDefault(r.Key)?.Team ?? "nobody"))
                .Concat(found.Where(f => !rows.ContainsKey(f.Problem)).Select(f => Cell(f.Problem, "nobody", f.Team)))));
            compared.Add(Make("first to solve: time", Label.Derived, name, rows.Select(r => Cell(r.Key, file.Cell(r.Value, "time_ms"), Ms(byProblem.GetValueOrDefault(r.Key)?.At)))));
        }
        if (compared.Count > 0) return compared;

        var scored = IndependentScorer.Firsts(contest).ToDictionary(f => f.Problem);
        return [Make("first to solve", Label.Derived, "independent scorer", contest.Problems.Select(p => Cell(p.Label, First(scored, p.Id), First(byProblem, p.Id))))];

        static string First(Dictionary<string, FirstSolve> firsts, string problem) =>
            firsts.TryGetValue(problem, out var first) ? $"{first.Team} at {Ms(first.At)}" : "nobody";
    }

    /// <summary>Problem id, or label where the file has no problem_id.</summary>
    private static string ProblemOf(Contest contest, CsvTable file, string[] row)
    {
        var label = file.Cell(row, "problem");
        var id = file.Has("problem_id") ? file.Cell(row, "problem_id") : null;
        return contest.Problems.FirstOrDefault(p => id is null ? p.Label == label : p.Id == id)?.Id
            ?? throw new ContestFormatException(file.File, $"problem '{id ?? label}' is not in the contest");
    }

    private static List<Comparison> WithFile(string what, string? folder, string name, Label label, IReadOnlyList<BoardEntry> board)
    {
        if (folder is null || CsvTable.Read(folder, name, "team_id", "solved", "penalty_minutes") is not { } file) return [];
        var rows = file.Rows.ToDictionary(row => file.Cell(row, "team_id"));
        var compared = new List<Comparison>
        {
            Rows($"{what}: solved, penalty", label, name, rows.Keys, board, team => $"{file.Cell(rows[team], "solved")} / {file.Cell(rows[team], "penalty_minutes")}", Total),
        };
        if (file.Has("published_position"))
            compared.Add(Order($"{what}: order", label, name, rows.Select(r => (r.Key, (int)file.Whole(r.Value, "published_position"))), board));
        if (file.Has("rank_by_solved_and_penalty"))
        {
            var ranks = RanksBySolvedAndPenalty(board);
            compared.Add(Rows($"{what}: rank", Label.Derived, name, rows.Keys, board, team => file.Cell(rows[team], "rank_by_solved_and_penalty"), b => $"{ranks[b.Team]}"));
        }
        if (file.Has("last_accepted_ms"))
            compared.Add(Rows($"{what}: last accepted", Label.Derived, name, rows.Keys, board, team => file.Cell(rows[team], "last_accepted_ms") is { Length: > 0 } ms ? ms : "0", b => Ms(b.LastAccepted)));
        return compared;
    }

    private static List<Comparison> WithScorer(string what, Contest contest, TimeSpan? before, IReadOnlyList<BoardEntry> board)
    {
        const string against = "independent scorer";
        var rows = IndependentScorer.Score(contest, before).ToDictionary(t => t.Team);
        var ranks = RanksBySolvedAndPenalty(board);
        return
        [
            Rows($"{what}: solved, penalty", Label.Derived, against, rows.Keys, board, team => Total(rows[team].Solved, rows[team].PenaltyMinutes), Total),
            Rows($"{what}: rank", Label.Derived, against, rows.Keys, board, team => $"{rows[team].Rank}", b => $"{ranks[b.Team]}"),
            Rows($"{what}: last accepted", Label.Derived, against, rows.Keys, board, team => Ms(rows[team].LastAccepted), b => Ms(b.LastAccepted)),
        ];
    }

    /// <summary>Expected teams against the board's, both ways: a team that only one of them has is a difference.</summary>
    private static Comparison Rows(
        string what, Label label, string against, IReadOnlyCollection<string> expected, IReadOnlyList<BoardEntry> board,
        Func<string, string> expect, Func<BoardEntry, string> find)
    {
        var found = board.ToDictionary(b => b.Team);
        var known = expected.ToHashSet();
        return Make(what, label, against, expected.Select(team => Cell(team, expect(team), found.TryGetValue(team, out var row) ? find(row) : "not on the board"))
            .Concat(board.Where(b => !known.Contains(b.Team)).Select(b => Cell(b.Team, "not expected", find(b)))));
    }

    /// <summary>A published place agrees when it lies among the places that teams of the board's rank share.</summary>
    private static Comparison Order(string what, Label label, string against, IEnumerable<(string Team, int Position)> expected, IReadOnlyList<BoardEntry> board)
    {
        var sharing = board.GroupBy(b => b.Rank).ToDictionary(g => g.Key, g => g.Count());
        var found = board.ToDictionary(b => b.Team);
        return Make(what, label, against, expected.Select(e => found.TryGetValue(e.Team, out var row)
            ? (e.Team, $"{e.Position}", $"{row.Rank}", e.Position >= row.Rank && e.Position < row.Rank + sharing[row.Rank])
            : (e.Team, $"{e.Position}", "not on the board", false)));
    }

    private static Dictionary<string, int> RanksBySolvedAndPenalty(IReadOnlyList<BoardEntry> board)
    {
        var ranks = new Dictionary<string, int>();
        foreach (var row in board)
            ranks[row.Team] = 1 + board.Count(b => b.Solved > row.Solved || b.Solved == row.Solved && b.PenaltyMinutes < row.PenaltyMinutes);
        return ranks;
    }

    private static Comparison Make(string what, Label label, string against, IEnumerable<(string Row, string Expected, string Found, bool Equal)> cells)
    {
        var all = cells.ToList();
        return new Comparison(what, label, against, all.Count(c => c.Equal), all.Count,
            [.. all.Where(c => !c.Equal).Select(c => new Difference(c.Row, c.Expected, c.Found))]);
    }

    private static (string Row, string Expected, string Found, bool Equal) Cell(string row, string expected, string found) => (row, expected, found, expected == found);

    private static string Total(BoardEntry row) => Total(row.Solved, row.PenaltyMinutes);

    private static string Total(int solved, long penalty) => $"{solved} / {penalty}";

    private static string Ms(TimeSpan? at) => at is { } span ? ((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) : "0";
}

/// <summary>What the engine's boards said, in the contest's own ids.</summary>
/// <param name="AtFreeze">the public board while it was frozen; null when the contest has no freeze</param>
public sealed record EngineResult(IReadOnlyList<BoardEntry>? AtFreeze, IReadOnlyList<BoardEntry> Final, IReadOnlyList<FirstSolve> Firsts);

/// <param name="Rank">the board's: equal only when solved, penalty and last accepted are</param>
public sealed record BoardEntry(int Rank, string Team, int Solved, long PenaltyMinutes, TimeSpan? LastAccepted);

public enum Label
{
    /// <summary>The organisers' own result.</summary>
    Published,
    /// <summary>Computed by somebody from the same log.</summary>
    Derived,
}

public sealed record Comparison(string What, Label Label, string Against, int Equal, int Of, IReadOnlyList<Difference> Differences)
{
    public bool Agrees => Differences.Count == 0;
}

public sealed record Difference(string Row, string Expected, string Found);
