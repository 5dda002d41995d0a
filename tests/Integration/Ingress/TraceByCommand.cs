using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Traces;
using TreasureHunt.Tests.Integration.Settings;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>./hunt trace as operators type it, of actions that a whole engine decided.</summary>
public sealed class TraceByCommand(WholeEngine engine) : IClassFixture<WholeEngine>
{
    [Fact]
    public async Task A_decided_action_is_shown_with_who_worked_on_it_and_a_row_for_every_stage_that_add_up()
    {
        var id = await PlayAsync("typed");
        var trace = await TraceAsync($"{id}");
        trace.Ends(ExitCode.Ok, "1 in its envelope, 1 in its batch of 1 envelopes\n");
        Assert.Matches(@"^team-registered of ada in typed, version 2, at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ$", trace.Line("team-registered "));
        Assert.Matches("^lane [01], accepted by ingress-1, decided by processor-1 under settings version 0 and definition version 1$", trace.Line("lane "));
        Assert.Empty(trace.Noted);

        var rows = trace.Said.Split('\n').SkipWhile(line => !line.StartsWith("stage ", StringComparison.Ordinal))
            .Select(line => Regex.Split(line.TrimEnd(), " {2,}")).ToList();
        Assert.Equal(["stage", "from ms", "took ms", "share", "by"], rows[0]);
        var (stages, last) = (rows[1..^2], rows[^2]);
        Assert.Equal(
            [
                "accepted ingress-1", "settings ingress-1", "confirmed ingress-1", "queued processor-1", "waiting processor-1", "settings processor-1", "decided processor-1",
                "committed processor-1", "answered ingress-1", "visible ingress-1",
            ],
            stages.Select(row => $"{row[0]} {row[4]}"));
        Assert.Equal(["confirmed", "visible"], stages.Where(row => row[3] == "beside").Select(row => row[0]));
        Assert.Equal("total", last[0]);
        var (end, total) = (0.0, Number(last[1]));
        foreach (var row in stages.Where(row => row[3] != "beside"))
        {
            Assert.Equal(end, Number(row[1]), tolerance: 0.01); // each is rounded
            end += Number(row[2]);
            Assert.Equal((Number(row[2]) / total).ToString("0 %", CultureInfo.InvariantCulture), row[3]);
        }
        Assert.Equal(total, end, tolerance: 0.01);
        Assert.True(total > 0);

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task For_scripts_it_is_what_the_ingress_says()
    {
        var id = await PlayAsync("typed-json");
        var typed = Read(await TraceAsync($"{id}", "--json"));
        var told = (await (await engine.Ingress.GetAsync($"/hunts/typed-json/actions/{id}/trace", engine.Organiser)).Content.ReadFromJsonAsync<TraceReply>(ApiClient.Json))!;
        Assert.Equal(10, told.Stages.Count);
        Assert.Equal(told.Stages, typed.Stages);
        Assert.Equal(told with { Stages = [] }, typed with { Stages = [] });
    }

    [Fact]
    public async Task An_id_that_was_used_in_two_hunts_is_found_in_the_one_that_is_named()
    {
        var id = await PlayAsync("typed-first");
        await PlayAsync("typed-second", id);
        Assert.Equal("typed-first", Read(await TraceAsync($"{id}", "--json")).Hunt);
        Assert.Equal("typed-second", Read(await TraceAsync($"{id}", "--hunt", "typed-second", "--json")).Hunt);
        (await TraceAsync($"{id}", "--hunt", "typed-second")).Ends(ExitCode.Ok, "team-registered of ada in typed-second, version 2");
        Assert.Empty((await TraceAsync($"{id}", "--hunt", "typed-third")).Ends(ExitCode.Failed, "Not known yet").Said);
    }

    [Fact]
    public async Task Of_an_action_that_another_ingress_accepted_it_says_who_knows_the_times()
    {
        const string hunt = "typed-elsewhere";
        await engine.PublishAsync(Published.Definition(hunt));
        var id = Guid.CreateVersion7();
        await Published.FactAsync(engine.Options, hunt, 2, ActionIds.EventId(hunt, "ada", id), new HuntPaused { Stamp = Published.Stamp(id, "ada") });
        var trace = (await TraceAsync($"{id}")).Ends(
            ExitCode.Ok, "hunt-paused of ada in typed-elsewhere, version 2", "accepted by ingress, decided by test under settings version 1 and definition version 1",
            "The stage times are gone. Stage times are remembered by the ingress that accepted the action, ingress; this is ingress-1.");
        Assert.DoesNotContain("took ms", trace.Said);
        Assert.Empty(Read(await TraceAsync($"{id}", "--json")).Stages);
    }

    [Fact]
    public async Task Of_an_action_that_nobody_decided_it_says_so_and_fails()
    {
        string[] id = [$"{Guid.CreateVersion7()}"];
        foreach (var words in new[] { id, [.. id, "--json"] })
            Assert.Empty((await TraceAsync(words)).Ends(ExitCode.Failed, "Not known yet. No action with this id that you may see has been decided. If it was just sent, ask again.").Said);
    }

    [Theory]
    [InlineData("'the-third-one'", "the-third-one")]
    [InlineData("'019ab2f4-7c1e-7d3a-9b52'", "019ab2f4-7c1e-7d3a-9b52")] // cut off while copying
    [InlineData("'action'")] // nothing was typed
    public async Task What_is_no_id_is_named_before_anybody_is_asked(string says, params string[] words) =>
        Assert.Empty((await TraceAsync(words)).Ends(ExitCode.Usage, says, "./hunt trace --help").Said);

    private Task<TypedCommand> TraceAsync(params string[] words) =>
        TypedCommand.RunAsync(engine.Options, engine.Ingress.Http.BaseAddress!, "anna", ["trace", .. words]);

    /// <summary>What --json printed.</summary>
    private static TraceReply Read(TypedCommand trace) => JsonSerializer.Deserialize<TraceReply>(trace.Ends(ExitCode.Ok).Said, ApiClient.Json)!;

    /// <summary>Somebody looks at the hunt, so that there is a view; then ada registers a team, and all its stages are over.</summary>
    private async Task<Guid> PlayAsync(string hunt, Guid? used = null)
    {
        await engine.PublishAsync(Published.Definition(hunt));
        var (ada, id) = (engine.Player("ada"), used ?? Guid.CreateVersion7());
        await engine.SeeAsync($"/hunts/{hunt}", ada, 1);
        var answer = await engine.Ingress.PostAsync(
            $"/hunts/{hunt}/actions", WholeEngine.Action("RegisterTeam", id, ("team", "red"), ("name", "Red")), ada, ("Prefer", "wait=10"));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        await engine.SeeAsync($"/hunts/{hunt}", ada, 2);
        return id;
    }
}
