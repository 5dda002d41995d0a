using TreasureHunt.Cli.Contests;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Tests.Contests;
using static TreasureHunt.Tests.Unit.Contests.SmallContest;

namespace TreasureHunt.Tests.Unit.Contests;

public class ContestDecisionTests
{
    [Fact]
    public void A_contest_of_the_past_is_decided_by_its_own_clock_however_late_it_is_published()
    {
        using var replay = new InProcessReplay(With(
            Run("red", "arches", 1, Verdict.Rejected), Run("red", "arches", 2, Verdict.Rejected), Run("red", "arches", 3, Verdict.Free),
            Run("red", "arches", 60_004, Verdict.Accepted), Run("red", "arches", 60_005, Verdict.Rejected),
            Run("blue", "bridges", 3_600_000, Verdict.Accepted), Run("blue", "arches", 7_200_000, Verdict.Accepted)));
        var result = replay.Run();
        Assert.Equal(
            [
                "HuntPublished", "TeamRegistered", "TeamRegistered", "TeamRegistered", "AnswerWrong", "AnswerWrong", "AnswerNear", "TreasureFound",
                "ActionRefused", "TreasureFound", "ActionRefused", "BoardThawed",
            ],
            replay.Facts.Select(fact => fact.GetType().Name));
        Assert.Equal([RefusalCode.TreasureAlreadyFound, RefusalCode.HuntClosed], replay.Facts.OfType<ActionRefused>().Select(refused => refused.Code));
        Assert.Equal(new BoardEntry(1, "red", 1, 41, TimeSpan.FromMilliseconds(60_004)), result.Final[0]);
        Assert.Equal(["red", "blue"], result.Final.Where(row => row.Solved == 1).Select(row => row.Team));
        Assert.Equal(["red"], result.AtFreeze!.Where(row => row.Solved == 1).Select(row => row.Team));
    }

    [Fact]
    public void The_hunt_made_of_a_contest_passes_the_check()
    {
        var problems = DefinitionCheck.Check(new ContestHunt(With()).Definition);
        Assert.DoesNotContain(problems, problem => !problem.IsWarning);
    }

    [SkippableTheory]
    [InlineData(RecordedContests.EventFeed)]
    [InlineData(RecordedContests.Xcpcio)]
    [InlineData(RecordedContests.StandingsXml)]
    public async Task The_recorded_contests_come_out_exactly_by_decision_and_fold_alone(string name)
    {
        var folder = RecordedContests.Folder(name);
        var contest = await ContestFolder.ReadAsync(folder, CancellationToken.None);
        using var replay = new InProcessReplay(contest);
        var comparisons = ContestVerification.Compare(contest, folder, replay.Run());
        Assert.All(comparisons, c => Assert.True(c.Agrees, $"{c.What} against {c.Against}: {c.Equal}/{c.Of}; {string.Join("; ", c.Differences.Take(3))}"));
        Assert.Equal(contest.Teams.Count, comparisons[0].Equal);
        Assert.DoesNotContain(DefinitionCheck.Check(new ContestHunt(contest).Definition), problem => !problem.IsWarning);
    }
}
