namespace TreasureHunt.Cli.Contests;

/// <summary>
/// Scores a contest by the written rule of such contests and shares nothing with the engine, so that it can be checked:
/// a problem counts once, at its first accepted run; the penalty is that run's time in whole minutes plus the contest's
/// penalty for each earlier rejected run; free runs, unsolved problems and later runs cost nothing. Ranked by solved,
/// then penalty; teams equal in both are equal in <see cref="ScoredTeam.Rank"/> and listed by their last accepted run.
/// </summary>
public static class IndependentScorer
{
    /// <param name="before">only runs strictly before this moment; null: all that count</param>
    public static IReadOnlyList<ScoredTeam> Score(Contest contest, TimeSpan? before = null)
    {
        var attempts = contest.Runs.Where(run => contest.Counts(run) && !(run.At >= before)).ToLookup(run => (run.Team, run.Problem));
        var table = new List<ScoredTeam>();
        foreach (var team in contest.Teams)
        {
            var solved = 0;
            var penalty = 0L;
            TimeSpan? last = null;
            foreach (var problem in contest.Problems)
            {
                var rejected = 0;
                foreach (var run in attempts[(team.Id, problem.Id)])
                {
                    if (run.Verdict == Verdict.Rejected) rejected++;
                    if (run.Verdict != Verdict.Accepted) continue;
                    solved++;
                    penalty += run.At.Ticks / TimeSpan.TicksPerMinute + rejected * contest.PenaltyMinutes;
                    if (last is null || run.At > last) last = run.At;
                    break;
                }
            }
            table.Add(new ScoredTeam(0, team.Id, solved, penalty, last));
        }
        return Ranked(table);
    }

    /// <summary>The first accepted run of each problem that somebody solved.</summary>
    public static IReadOnlyList<FirstSolve> Firsts(Contest contest)
    {
        var firsts = new List<FirstSolve>();
        foreach (var problem in contest.Problems)
        {
            var first = contest.Runs.FirstOrDefault(run => run.Problem == problem.Id && run.Verdict == Verdict.Accepted && contest.Counts(run));
            if (first is not null) firsts.Add(new FirstSolve(problem.Id, first.Team, first.At));
        }
        return firsts;
    }

    private static List<ScoredTeam> Ranked(List<ScoredTeam> table)
    {
        var order = table
            .OrderByDescending(t => t.Solved).ThenBy(t => t.PenaltyMinutes).ThenBy(t => t.LastAccepted ?? TimeSpan.MaxValue)
            .ToList();
        var ranked = new List<ScoredTeam>();
        foreach (var team in order)
        {
            var previous = ranked.LastOrDefault();
            var tied = previous is not null && previous.Solved == team.Solved && previous.PenaltyMinutes == team.PenaltyMinutes;
            ranked.Add(team with { Rank = tied ? previous!.Rank : ranked.Count + 1 });
        }
        return ranked;
    }
}

/// <param name="Rank">by solved and penalty; equal when both are</param>
public sealed record ScoredTeam(int Rank, string Team, int Solved, long PenaltyMinutes, TimeSpan? LastAccepted);

public sealed record FirstSolve(string Problem, string Team, TimeSpan At);
