using TreasureHunt.Cli.Contests;
using TreasureHunt.Tests.Contests;

namespace TreasureHunt.Tests.Unit.Contests;

/// <summary>Importer and independent scorer against everything the recorded contests publish or have derived for them.</summary>
public class RecordedContestTests
{
    [SkippableTheory]
    [InlineData(RecordedContests.EventFeed, 53, 11, 856)]
    [InlineData(RecordedContests.Xcpcio, 141, 12, 2658)]
    [InlineData(RecordedContests.StandingsXml, 50, 11, 804)]
    public async Task Importer_and_scorer_agree_with_every_result(string name, int teams, int problems, int runs)
    {
        var folder = RecordedContests.Folder(name);
        var contest = await ContestFolder.ReadAsync(folder, CancellationToken.None);
        Assert.Equal((teams, problems, runs), (contest.Teams.Count, contest.Problems.Count, contest.Runs.Count));

        var scored = new EngineResult(
            contest.FreezeAt is { } freeze ? Board(IndependentScorer.Score(contest, freeze)) : null,
            Board(IndependentScorer.Score(contest)),
            IndependentScorer.Firsts(contest));
        var comparisons = ContestVerification.Compare(contest, folder, scored);

        Assert.All(comparisons, c => Assert.True(c.Agrees, $"{c.What} against {c.Against}: {c.Equal}/{c.Of}; {string.Join("; ", c.Differences.Take(3))}"));
        Assert.Equal(teams, comparisons.Where(c => c.What.StartsWith("final", StringComparison.Ordinal)).Max(c => c.Equal));
    }

    /// <summary>The engine's ranks: equal only when solved, penalty and last accepted run are.</summary>
    private static List<BoardEntry> Board(IReadOnlyList<ScoredTeam> table)
    {
        var board = new List<BoardEntry>();
        foreach (var team in table)
        {
            var tied = board.Count > 0 && board[^1] is var last && (last.Solved, last.PenaltyMinutes, last.LastAccepted) == (team.Solved, team.PenaltyMinutes, team.LastAccepted);
            board.Add(new BoardEntry(tied ? board[^1].Rank : board.Count + 1, team.Team, team.Solved, team.PenaltyMinutes, team.LastAccepted));
        }
        return board;
    }
}
