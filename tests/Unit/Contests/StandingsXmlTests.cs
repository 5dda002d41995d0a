using TreasureHunt.Cli.Contests;

namespace TreasureHunt.Tests.Unit.Contests;

public sealed class StandingsXmlTests : IDisposable
{
    private readonly ContestFiles _files = new();

    public void Dispose() => _files.Dispose();

    private Task<Contest> ReadAsync(string sessions, string attributes = "") => _files.With("standings.xml", $"""
        <?xml version="1.0" ?>
        <standings>
          <contest name="Cup" time="7200000" length="7200000" status="over" frozen="no" {attributes}>
            <challenge><problem alias="A" name="Arches"/><problem alias="B" name=""/></challenge>
        {sessions}
          </contest>
        </standings>
        """).ReadAsync();

    [Fact]
    public async Task Runs_of_all_sessions_come_in_the_order_of_submission_with_the_published_totals_beside_them()
    {
        var contest = await ReadAsync("""
            <session alias="1" party="One" solved="1" penalty="31" time="660000">
              <problem alias="A"><run time="600000" accepted="no" outcome="wrong-answer" run-id="x"/><run time="660000" accepted="yes" outcome="accepted" run-id="y"/></problem>
            </session>
            <session alias="2" party="Two" solved="0" penalty="0" time="0">
              <problem alias="B"><run time="630000" accepted="no" outcome="compilation-error"/><run time="640000" accepted="undefined" outcome="undefined"/></problem>
            </session>
            """);
        Assert.Equal(
            [("x", "1", Verdict.Rejected), ("2.B.1", "2", Verdict.Free), ("y", "1", Verdict.Accepted)],
            contest.Runs.Select(r => (r.Id, r.Team, r.Verdict)));
        Assert.Equal([("1", 1, 1, 31L), ("2", 2, 0, 0L)], contest.Published.Totals.Select(t => (t.Team, t.Position, t.Solved, t.PenaltyMinutes)));
        Assert.Equal(TimeSpan.FromMinutes(11), contest.Published.Totals[0].LastAccepted);
        Assert.Equal([("A", "Arches"), ("B", "B")], contest.Problems.Select(p => (p.Label, p.Name)));
        Assert.Null(contest.FreezeAt);
        Assert.Contains(contest.Notes, note => note.Contains("no date"));
        Assert.Contains(contest.Notes, note => note.Contains("without a verdict"));
    }

    [Fact]
    public async Task A_start_and_a_freeze_are_taken_when_the_file_has_them()
    {
        var contest = await ReadAsync("""<session alias="1" party="One"/>""", """start-time-millis="1701597600000" freeze-time-millis="3600000" """);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_701_597_600_000), contest.Start);
        Assert.Equal(TimeSpan.FromHours(1), contest.FreezeAt);
        Assert.Empty(contest.Published.Totals);
    }

    [Fact]
    public async Task Older_files_without_outcomes_tell_by_the_attempts_how_many_runs_were_free()
    {
        var contest = await ReadAsync("""
            <session alias="1" party="One" solved="1" penalty="23">
              <problem alias="A" attempts="2"><run time="60000" accepted="no"/><run time="120000" accepted="no"/><run time="180000" accepted="yes"/><run time="190000" accepted="no"/></problem>
              <problem alias="B" attempts="1"><run time="60000" accepted="no"/><run time="61000" accepted="no"/></problem>
            </session>
            """);
        Assert.Equal(
            [Verdict.Free, Verdict.Rejected, Verdict.Accepted, Verdict.Rejected],
            contest.Runs.Where(r => r.Problem == "A").Select(r => r.Verdict));
        Assert.Equal(23, Assert.Single(IndependentScorer.Score(contest)).PenaltyMinutes);
    }

    [Theory]
    [InlineData("""<session party="One"/>""", "line 5", "session has no alias")]
    [InlineData("""<session alias="1"><problem alias="Z"><run time="1" accepted="yes"/></problem></session>""", "line 5", "not in the challenge")]
    [InlineData("""<session alias="1"><problem alias="A"><run time="soon" accepted="yes"/></problem></session>""", "line 5", "time='soon' is not a whole number")]
    [InlineData("""<session alias="1"><problem alias="A"><run time="1" accepted="yes" score="40"/></problem></session>""", "line 5", "scored by points")]
    [InlineData("<session", "line 6", "not XML")]
    public async Task A_broken_file_is_refused_with_its_line(string sessions, string where, string problem)
    {
        var refused = await Assert.ThrowsAsync<ContestFormatException>(() => ReadAsync(sessions));
        Assert.Contains("standings.xml " + where, refused.Message);
        Assert.Contains(problem, refused.Message);
    }
}
