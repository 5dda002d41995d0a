using TreasureHunt.Cli.Contests;

namespace TreasureHunt.Tests.Unit.Contests;

public sealed class XcpcioTests : IDisposable
{
    private const string Teams = """[{"team_id":"1","name":"One","group":[]},{"id":2,"name":{"texts":{"en":"Two","zh":"Er"}},"unofficial":true}]""";
    private readonly ContestFiles _files = new();

    public void Dispose() => _files.Dispose();

    private static string Config(string more = "") => $$"""
        {"contest_name":"Cup","start_time":1700000000,"end_time":1700007200,"frozen_time":1800,"penalty":1200,
         "problems":[{"id":0,"label":"A"},{"id":"1","label":"B","name":"Bridges"}],"organizations":[{"id":"x"}]{{more}}}
        """;

    private Task<Contest> ReadAsync(string config, string teams, string runs) =>
        _files.With("config.json", config).With("team.json", teams).With("run.json", runs).ReadAsync();

    [Fact]
    public async Task Seconds_are_the_usual_unit_and_ids_may_be_numbers()
    {
        var contest = await ReadAsync(Config(), Teams, """
            [{"team_id":2,"problem_id":0,"timestamp":61,"status":"correct"},
             {"team_id":"1","problem_id":"1","timestamp":60,"status":"incorrect","unknown":1}]
            """);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), contest.Start);
        Assert.Equal(TimeSpan.FromMinutes(90), contest.FreezeAt);
        Assert.Equal(20, contest.PenaltyMinutes);
        Assert.Equal([("1", "One"), ("2", "Two")], contest.Teams.Select(t => (t.Id, t.Name)));
        Assert.Equal(
            [("1", "1", "1", TimeSpan.FromSeconds(60), Verdict.Rejected), ("0", "2", "0", TimeSpan.FromSeconds(61), Verdict.Accepted)],
            contest.Runs.Select(r => (r.Id, r.Team, r.Problem, r.At, r.Verdict)));
        Assert.Contains(contest.Notes, note => note.Contains("unofficial team") && note.Contains("Two"));
    }

    [Theory]
    [InlineData("minute", 2, 120_000)]
    [InlineData("second", 90, 90_000)]
    [InlineData("millisecond", 90_001, 90_001)]
    [InlineData("microsecond", 90_001_999, 90_001)]
    [InlineData("nanosecond", 90_001_999_999, 90_001)]
    public async Task The_unit_of_timestamps_is_heeded(string unit, long timestamp, long milliseconds)
    {
        var config = Config(",\"options\":{\"submission_timestamp_unit\":\"" + unit + "\"}");
        var contest = await ReadAsync(config, Teams, $$"""[{"submission_id":5,"team_id":"1","problem_id":"0","timestamp":{{timestamp}},"status":"ACCEPTED"}]""");
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Assert.Single(contest.Runs).At);
    }

    [Theory]
    [InlineData("OK", Verdict.Accepted)]
    [InlineData("ACCEPTED", Verdict.Accepted)]
    [InlineData("Wrong Answer", Verdict.Rejected)]
    [InlineData("RUNTIME_ERROR", Verdict.Rejected)]
    [InlineData("NO_OUTPUT", Verdict.Rejected)]
    [InlineData("COMPILATION_ERROR", Verdict.Free)]
    [InlineData("PRESENTATION_ERROR", Verdict.Free)]
    [InlineData("SOMETHING_NEW", Verdict.Free)]
    public async Task Every_status_has_its_price(string status, Verdict verdict)
    {
        var contest = await ReadAsync(Config(), Teams, $$$"""{"r1":{"team_id":"1","problem_id":"0","timestamp":1,"status":"{{{status}}}"}}""");
        Assert.Equal(("r1", verdict), (contest.Runs[0].Id, contest.Runs[0].Verdict));
    }

    [Fact]
    public async Task Teams_may_be_an_object_by_id_and_problems_a_list_of_labels()
    {
        var config = """{"contest_name":"Cup","start_time":"2024-01-01T10:00:00+08:00","end_time":"2024-01-01T15:00:00+08:00","problem_id":["A","B"]}""";
        var contest = await ReadAsync(config, """{"t1":{"name":"One"},"t2":{"team_id":"t2","name":"Two"}}""", "[]");
        Assert.Equal(["t1", "t2"], contest.Teams.Select(t => t.Id));
        Assert.Equal([("0", "A"), ("1", "B")], contest.Problems.Select(p => (p.Id, p.Label)));
        Assert.Equal((20, TimeSpan.FromHours(5), (TimeSpan?)null), (contest.PenaltyMinutes, contest.Duration, contest.FreezeAt));
    }

    [Fact]
    public async Task Open_runs_and_strangers_are_left_out_and_a_late_run_counts()
    {
        var contest = await ReadAsync(Config(), Teams, """
            [{"submission_id":"p","team_id":"1","problem_id":"0","timestamp":1,"status":"PENDING"},
             {"submission_id":"f","team_id":"1","problem_id":"0","timestamp":1,"status":"FROZEN"},
             {"submission_id":"s","team_id":"99","problem_id":"0","timestamp":1,"status":"ACCEPTED"},
             {"submission_id":"i","team_id":"1","problem_id":"0","timestamp":2,"status":"WRONG_ANSWER","is_ignore":true},
             {"submission_id":"l","team_id":"1","problem_id":"0","timestamp":7200,"status":"ACCEPTED"}]
            """);
        Assert.Equal([("i", Verdict.Free), ("l", Verdict.Accepted)], contest.Runs.Select(r => (r.Id, r.Verdict)));
        Assert.All(contest.Runs, run => Assert.True(contest.Counts(run)));
        Assert.Contains(contest.Notes, note => note.StartsWith("2 × run without a verdict", StringComparison.Ordinal));
        Assert.Contains(contest.Notes, note => note.Contains("at or after the end"));
        Assert.Contains(contest.Notes, note => note.Contains("team.json does not list"));
    }

    [Fact]
    public async Task A_penalty_counted_in_seconds_is_said()
    {
        var contest = await ReadAsync(Config(",\"options\":{\"calculation_of_penalty\":\"in_seconds\"}"), Teams, "[]");
        Assert.Equal(PenaltyCount.Seconds, contest.PenaltyCount);
        Assert.Contains(contest.Notes, note => note.Contains("seconds"));
    }

    [Theory]
    [InlineData("run.json /0/status", """[{"team_id":"1","problem_id":"0","timestamp":1}]""")]
    [InlineData("run.json /0/timestamp", """[{"team_id":"1","problem_id":"0","timestamp":"soon","status":"OK"}]""")]
    [InlineData("run.json line 2, byte", "[\n{")]
    public async Task A_broken_run_is_refused_with_its_place(string where, string runs)
    {
        var refused = await Assert.ThrowsAsync<ContestFormatException>(() => ReadAsync(Config(), Teams, runs));
        Assert.Contains(where, refused.Message);
    }

    [Fact]
    public async Task A_penalty_that_is_no_whole_minute_is_refused()
    {
        var refused = await Assert.ThrowsAsync<ContestFormatException>(() => ReadAsync(Config().Replace("1200", "90"), Teams, "[]"));
        Assert.Contains("config.json /penalty", refused.Message);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        var refused = await Assert.ThrowsAsync<ContestFormatException>(_files.With("run.json", "[]").ReadAsync);
        Assert.Contains("config.json", refused.Message);
    }
}
