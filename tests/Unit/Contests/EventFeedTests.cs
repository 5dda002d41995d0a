using TreasureHunt.Cli.Contests;

namespace TreasureHunt.Tests.Unit.Contests;

public sealed class EventFeedTests : IDisposable
{
    private const string Head = """
        {"type":"contest","id":"cup","data":{"id":"cup","name":"Cup","formal_name":"The Cup","start_time":"2025-03-02T09:30:00.000Z","duration":"2:00:00.000","scoreboard_freeze_duration":"0:30:00","penalty_time":"0:20:00.000"}}
        {"type":"judgement-types","id":"AC","data":{"id":"AC","name":"correct","penalty":false,"solved":true}}
        {"type":"judgement-types","id":"CE","data":{"id":"CE","name":"compiler error","penalty":false,"solved":false}}
        {"type":"judgement-types","id":"WA","data":{"id":"WA","name":"wrong answer","penalty":true,"solved":false}}
        {"type":"problems","id":"p2","data":{"id":"p2","label":"B","name":"Bridges","ordinal":1}}
        {"type":"problems","id":"p1","data":{"id":"p1","label":"A","name":"Arches","ordinal":0}}
        {"type":"teams","id":"7","data":{"id":"7","name":"Seven","group_ids":[]}}
        {"type":"teams","id":"8","data":{"id":"8","name":"Eight","group_ids":["g1"]}}

        """;

    private readonly ContestFiles _files = new();

    public void Dispose() => _files.Dispose();

    private Task<Contest> ReadAsync(string feed) => _files.With("event-feed.ndjson", feed).ReadAsync();

    private static string Submission(string id, string at, string team = "7", string problem = "p1") =>
        $$$"""{"type":"submissions","id":"{{{id}}}","data":{"id":"{{{id}}}","team_id":"{{{team}}}","problem_id":"{{{problem}}}","contest_time":"{{{at}}}"}}""" + "\n";

    private static string Judgement(string id, string submission, string? type, string begun = "0:10:00", string more = "") =>
        $$$"""{"type":"judgements","id":"{{{id}}}","data":{"id":"{{{id}}}","submission_id":"{{{submission}}}",{{{(type is null ? "" : $"\"judgement_type_id\":\"{type}\",")}}}"start_contest_time":"{{{begun}}}"{{{more}}}}}""" + "\n";

    [Fact]
    public async Task The_head_of_the_contest_is_read_and_the_problems_stand_in_their_order()
    {
        var contest = await ReadAsync(Head);
        Assert.Equal("The Cup", contest.Name);
        Assert.Equal(new DateTimeOffset(2025, 3, 2, 9, 30, 0, TimeSpan.Zero), contest.Start);
        Assert.Equal(TimeSpan.FromHours(2), contest.Duration);
        Assert.Equal(TimeSpan.FromMinutes(90), contest.FreezeAt);
        Assert.Equal(20, contest.PenaltyMinutes);
        Assert.Equal(["A", "B"], contest.Problems.Select(p => p.Label));
        Assert.Equal(["Seven", "Eight"], contest.Teams.Select(t => t.Name));
    }

    [Fact]
    public async Task A_later_event_of_the_same_object_replaces_the_earlier_one()
    {
        var contest = await ReadAsync(Head + """{"type":"contest","id":"cup","data":{"name":"Cup","start_time":"2025-03-02T10:00:00+01","duration":"1:00:00","penalty_time":10}}""");
        Assert.Equal("Cup", contest.Name);
        Assert.Equal(new DateTimeOffset(2025, 3, 2, 9, 0, 0, TimeSpan.Zero), contest.Start);
        Assert.Null(contest.FreezeAt);
        Assert.Equal(10, contest.PenaltyMinutes);
    }

    [Fact]
    public async Task Runs_come_in_the_order_of_submission_and_in_feed_order_within_a_millisecond()
    {
        var contest = await ReadAsync(Head
            + Submission("late", "1:00:00.001") + Submission("b", "0:30:00.5") + Submission("a", "0:30:00.500", team: "8")
            + Judgement("1", "late", "AC") + Judgement("2", "a", "WA") + Judgement("3", "b", "CE"));
        Assert.Equal(["b", "a", "late"], contest.Runs.Select(r => r.Id));
        Assert.Equal([Verdict.Free, Verdict.Rejected, Verdict.Accepted], contest.Runs.Select(r => r.Verdict));
        Assert.Equal(TimeSpan.FromMilliseconds(1_800_500), contest.Runs[0].At);
    }

    [Fact]
    public async Task The_latest_judgement_that_has_a_verdict_and_is_current_counts()
    {
        var contest = await ReadAsync(Head + Submission("rejudged", "0:10:00") + Submission("dropped", "0:11:00") + Submission("open", "0:12:00")
            + Judgement("2", "rejudged", "AC", "0:40:00") + Judgement("1", "rejudged", "WA", "0:10:01") + Judgement("3", "rejudged", null, "0:50:00")
            + Judgement("4", "dropped", "WA", "0:11:01") + Judgement("5", "dropped", "AC", "0:45:00", ",\"current\":false")
            + Judgement("6", "open", null));
        Assert.Equal([("rejudged", Verdict.Accepted), ("dropped", Verdict.Rejected)], contest.Runs.Select(r => (r.Id, r.Verdict)));
        Assert.Contains(contest.Notes, note => note.StartsWith("1 × submission without a verdict", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Null_data_deletes_an_object_and_an_array_without_id_replaces_the_collection()
    {
        var contest = await ReadAsync(Head + Submission("gone", "0:10:00") + Judgement("1", "gone", "AC")
            + """{"type":"submissions","id":"gone","data":null}""" + "\n"
            + """{"type":"teams","data":[{"id":9,"name":"Nine"}]}""" + "\n");
        Assert.Empty(contest.Runs);
        Assert.Equal([("9", "Nine")], contest.Teams.Select(t => (t.Id, t.Name)));
    }

    [Fact]
    public async Task The_older_dialect_has_ids_of_its_own_for_events_and_an_operation()
    {
        var contest = await ReadAsync("""
            {"type":"contests","id":"pc2-1","op":"create","data":{"id":"cup","name":"Cup","start_time":"2025-03-02T14:00:00.004-05","duration":"5:00:00","scoreboard_freeze_duration":"01:00:00","penalty_time":20}}
            {"type":"judgement-types","id":"pc2-2","op":"create","data":{"id":"AC","solved":true}}
            {"type":"problems","id":"pc2-3","op":"create","data":{"id":"p1","label":"A","name":"Arches"}}
            {"type":"teams","id":"pc2-4","op":"create","data":{"id":1,"name":"One","icpc_id":null}}
            {"type":"teams","id":"pc2-5","op":"create","data":{"id":2,"name":"Two"}}
            {"type":"teams","id":"pc2-6","op":"delete","data":{"id":2}}
            {"type":"submissions","id":"pc2-7","op":"create","data":{"id":11,"team_id":1,"problem_id":"p1","time":"2025-03-02T14:10:00.005-05","unknown":{"deep":[1]}}}
            {"type":"judgements","id":"pc2-8","op":"create","data":{"id":"j","submission_id":11,"judgement_type_id":null}}
            {"type":"judgements","id":"pc2-9","op":"update","data":{"id":"j","submission_id":11,"judgement_type_id":"AC"}}
            {"type":"runs","id":"pc2-10","op":"create","data":{"id":"r"}}
            """);
        Assert.Equal("One", Assert.Single(contest.Teams).Name);
        var run = Assert.Single(contest.Runs);
        Assert.Equal(("11", "1", TimeSpan.FromMilliseconds(600_001), Verdict.Accepted), (run.Id, run.Team, run.At, run.Verdict));
        Assert.Equal(TimeSpan.FromHours(4), contest.FreezeAt);
    }

    [Fact]
    public async Task Hidden_teams_and_what_does_not_count_are_left_out_and_named()
    {
        var contest = await ReadAsync(Head
            + """{"type":"groups","id":"jury","data":{"id":"jury","name":"Jury","hidden":true}}""" + "\n"
            + """{"type":"teams","id":"j","data":{"id":"j","name":"Judges","group_ids":["jury"]}}""" + "\n"
            + """{"type":"teams","id":"h","data":{"id":"h","name":"Ghosts","hidden":true}}""" + "\n"
            + Submission("early", "-0:00:01.000") + Submission("jury", "0:10:00", team: "j") + Submission("else", "0:10:00", problem: "p9")
            + Judgement("1", "early", "AC") + Judgement("2", "jury", "AC") + Judgement("3", "else", "AC"));
        Assert.Equal(["7", "8"], contest.Teams.Select(t => t.Id));
        Assert.Empty(contest.Runs);
        Assert.Contains(contest.Notes, note => note.StartsWith("2 × hidden team", StringComparison.Ordinal) && note.Contains("Judges, Ghosts"));
        Assert.Contains(contest.Notes, note => note.Contains("before the start") && note.Contains("early"));
        Assert.Contains(contest.Notes, note => note.Contains("no team on the board") && note.Contains("jury"));
        Assert.Contains(contest.Notes, note => note.Contains("problem the feed does not list") && note.Contains("else"));
    }

    [Fact]
    public async Task A_run_at_the_very_end_came_too_late()
    {
        var contest = await ReadAsync(Head + Submission("last", "1:59:59.999") + Submission("late", "2:00:00.000") + Judgement("1", "last", "AC") + Judgement("2", "late", "AC"));
        Assert.Equal([true, false], contest.Runs.Select(contest.Counts));
    }

    [Fact]
    public async Task Awards_for_the_first_to_solve_are_published_results()
    {
        var contest = await ReadAsync(Head
            + """{"type":"awards","id":"first-to-solve-p1","data":{"id":"first-to-solve-p1","team_ids":["7"],"citation":"x"}}""" + "\n"
            + """{"type":"awards","id":"gold-medal","data":{"id":"gold-medal","team_ids":["8"]}}""" + "\n");
        var first = Assert.Single(contest.Published.Firsts);
        Assert.Equal(("p1", "7"), (first.Problem, Assert.Single(first.Teams)));
    }

    [Theory]
    [InlineData("""{"type":"teams","id":"9","data":""", "event-feed.ndjson line 9, byte", "not JSON")]
    [InlineData("""{"id":"9"}""", "line 9 /type", "is missing")]
    [InlineData("""{"type":"submissions","id":"s","data":{"id":"s","team_id":"7","problem_id":"p1","contest_time":"soon"}}""", "line 9 /data/contest_time", "'soon' is no relative time")]
    [InlineData("""{"type":"contest","id":"cup","data":{"name":"Cup","start_time":"2025-03-02T10:00:00Z","penalty_time":20}}""", "line 9 /data/duration", "is missing")]
    [InlineData("""{"type":"contest","id":"cup","data":{"name":"Cup","start_time":"2025-03-02T10:00:00Z","duration":"5:00:00","scoreboard_type":"score"}}""", "line 9 /data/scoreboard_type", "scored by points")]
    [InlineData("""{"type":"judgements","id":"j","data":{"id":"j","submission_id":"s","judgement_type_id":"XX"}}""", "line 9 /data/judgement_type_id", "not among")]
    public async Task A_broken_feed_is_refused_with_line_and_pointer(string line, string where, string problem)
    {
        var refused = await Assert.ThrowsAsync<ContestFormatException>(() => ReadAsync(Head + line));
        Assert.Contains(where, refused.Message);
        Assert.Contains(problem, refused.Message);
    }

    [Fact]
    public async Task A_folder_without_a_contest_is_refused_with_what_is_expected()
    {
        var refused = await Assert.ThrowsAsync<ContestFormatException>(_files.ReadAsync);
        Assert.Contains("event-feed.ndjson", refused.Message);
        Assert.Contains("standings.xml", refused.Message);
    }
}
