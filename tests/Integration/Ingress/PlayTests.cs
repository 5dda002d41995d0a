using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>A hunt played through the whole engine, seen as a frontend sees it.</summary>
public sealed class PlayTests(WholeEngine engine) : IClassFixture<WholeEngine>
{
    private static HuntDefinition Hunt(string slug) => Published.Definition(slug) with
    {
        Treasures =
        [
            new Treasure
            {
                Id = "gate", Title = "The gate", Clue = "Where the moat was dry.", Answer = new AnswerRule(["drawbridge"]),
                Value = new ValueRule { Fixed = 50 }, Firsts = [10],
                Hints = [new Hint("h1", "Look down.", 5)], NearMisses = [new NearMiss("bridge", "Nearly: what kind of bridge?")],
                Attempts = new AttemptRule(Penalty: 2),
            },
            new Treasure
            {
                Id = "clock", Title = "The clock", Clue = "I show the hour, never the minute.", Answer = new AnswerRule(["town hall"]),
                Value = new ValueRule { Fixed = 100 }, Needs = new Needs { All = ["gate"] },
            },
        ],
    };

    [Fact]
    public async Task A_team_registers_guesses_takes_a_hint_finds_and_reads_its_own_writes()
    {
        const string hunt = "play";
        await engine.PublishAsync(Hunt(hunt));
        var (ada, bob, eve) = (engine.Player("ada"), engine.Player("bob"), engine.Player("eve"));
        Assert.Equal("team-registered", (string?)(await engine.ActAsync(hunt, ada, "RegisterTeam", ("team", "red"), ("name", "Die Röten"), ("code", "s3cret")))["fact"]);
        Assert.Equal("team-joined", (string?)(await engine.ActAsync(hunt, bob, "JoinTeam", ("team", "red"), ("code", "s3cret")))["fact"]);
        await engine.ActAsync(hunt, eve, "RegisterTeam", ("team", "blue"), ("name", "Blue"));

        var near = await engine.ActAsync(hunt, ada, "SubmitAnswer", ("treasure", "gate"), ("guess", "Bridge!"));
        Assert.Equal("Nearly: what kind of bridge?", (string?)near["says"]);
        var wrong = await engine.ActAsync(hunt, bob, "SubmitAnswer", ("treasure", "gate"), ("guess", "portcullis"));
        Assert.Equal(("answer-wrong", 2), ((string?)wrong["fact"], (int?)wrong["penalty"]));
        var hint = await engine.ActAsync(hunt, ada, "TakeHint", ("treasure", "gate"), ("hint", "h1"));
        Assert.Equal("Look down.", (string?)hint["text"]);
        var locked = await engine.ActAsync(hunt, ada, "SubmitAnswer", ("treasure", "clock"), ("guess", "town hall"));
        Assert.Equal(("refused", "treasure-locked"), ((string?)locked["status"], (string?)locked["code"]));

        var before = await engine.SeeAsync($"/hunts/{hunt}/teams/red", ada, (long)locked["version"]!);
        Assert.Equal(["gate"], before["treasures"]!.AsArray().Select(t => (string?)t!["id"]));
        Assert.Equal(1, (int?)before["locked"]);
        Assert.DoesNotContain("never the minute", before.ToJsonString());

        var found = await engine.ActAsync(hunt, bob, "SubmitAnswer", ("treasure", "gate"), ("guess", "DRAW-bridge"));
        Assert.Equal(("treasure-found", 1, 50, 10), ((string?)found["fact"], (int?)found["ordinal"], (int?)found["points"], (int?)found["bonus"]));

        var version = (long)found["version"]!;
        var board = await engine.SeeAsync($"/hunts/{hunt}/board", eve, version);
        var first = board["rows"]![0]!;
        Assert.Equal(("red", "Die Röten", 53, 1), ((string?)first["team"], (string?)first["name"], (int?)first["points"], (int?)first["rank"]));
        Assert.Equal((2, "open", false), ((int?)board["teams"], (string?)board["phase"], (bool?)board["frozen"]));

        var own = await engine.SeeAsync($"/hunts/{hunt}/teams/red", bob, version);
        var gate = own["treasures"]![0]!;
        Assert.Equal((53, 1, 50), ((int?)own["points"], (int?)gate["wrongGuesses"], (int?)gate["found"]!["points"]));
        Assert.Equal("Look down.", (string?)gate["hints"]![0]!["text"]);
        Assert.Equal("I show the hour, never the minute.", (string?)own["treasures"]![1]!["clue"]);

        var others = await engine.SeeAsync($"/hunts/{hunt}/teams/red", eve, version);
        Assert.Equal(53, (int?)others["points"]);
        Assert.Null(others["treasures"]);
    }

    [Fact]
    public async Task A_frozen_board_stands_still_for_players_and_goes_on_for_organisers()
    {
        const string hunt = "freeze";
        await engine.PublishAsync(Hunt(hunt));
        var (ada, eve) = (engine.Player("ada"), engine.Player("eve"));
        await engine.ActAsync(hunt, ada, "RegisterTeam", ("team", "red"), ("name", "Red"));
        var frozen = await engine.Ingress.SendAsync(HttpMethod.Post, $"/hunts/{hunt}/freeze", null, engine.Organiser);
        Assert.Equal(HttpStatusCode.OK, frozen.StatusCode);
        var found = await engine.ActAsync(hunt, ada, "SubmitAnswer", ("treasure", "gate"), ("guess", "drawbridge"));
        var version = (long)found["version"]!;

        Assert.Equal(0, (int?)(await engine.SeeAsync($"/hunts/{hunt}/board", eve, version))["rows"]![0]!["points"]);
        Assert.Equal(60, (int?)(await engine.SeeAsync($"/hunts/{hunt}/board?live=true", engine.Organiser, version))["rows"]![0]!["points"]);
        Assert.Equal(HttpStatusCode.Forbidden, (await engine.Ingress.GetAsync($"/hunts/{hunt}/board?live=true", eve)).StatusCode);
        Assert.Equal(60, (int?)(await engine.SeeAsync($"/hunts/{hunt}/teams/red", ada, version))["points"]);
        Assert.Equal(0, (int?)(await engine.SeeAsync($"/hunts/{hunt}/teams/red", eve, version))["points"]);

        var again = await engine.Ingress.SendAsync(HttpMethod.Post, $"/hunts/{hunt}/freeze", null, engine.Organiser);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Equal("board-already-frozen", (string?)JsonNode.Parse(await again.Content.ReadAsStringAsync())!["code"]);
        await engine.Ingress.SendAsync(HttpMethod.Post, $"/hunts/{hunt}/thaw", null, engine.Organiser);
        Assert.Equal(60, (int?)(await engine.SeeAsync($"/hunts/{hunt}/board", eve, version + 2))["rows"]![0]!["points"]);
    }

    [Fact]
    public async Task The_same_action_again_gives_the_same_outcome_and_another_body_under_its_id_is_409()
    {
        const string hunt = "again";
        await engine.PublishAsync(Hunt(hunt));
        var ada = engine.Player("ada");
        await engine.ActAsync(hunt, ada, "RegisterTeam", ("team", "red"), ("name", "Red"));
        var id = Guid.CreateVersion7();
        var guess = WholeEngine.Action("SubmitAnswer", id, ("treasure", "gate"), ("guess", "drawbridge"));
        var first = await Body(await engine.Ingress.PostAsync($"/hunts/{hunt}/actions", guess, ada, ("Prefer", "wait=10")));
        var second = await Body(await engine.Ingress.PostAsync($"/hunts/{hunt}/actions", guess, ada, ("Prefer", "wait=10")));
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        Assert.Equal(first.ToJsonString(), (await Body(await engine.Ingress.GetAsync($"/hunts/{hunt}/actions/{id}", ada))).ToJsonString());

        var other = WholeEngine.Action("SubmitAnswer", id, ("treasure", "gate"), ("guess", "portcullis"));
        Assert.Equal(HttpStatusCode.Conflict, (await engine.Ingress.PostAsync($"/hunts/{hunt}/actions", other, ada, ("Prefer", "wait=10"))).StatusCode);
    }

    [Fact]
    public async Task The_list_of_hunts_is_paged_and_shows_a_scoped_token_its_own_hunt_only()
    {
        await engine.PublishAsync(Hunt("list-a"));
        await engine.PublishAsync(Hunt("list-b"));
        var page = await Body(await engine.Ingress.GetAsync("/hunts?after=list-&limit=1", engine.Organiser));
        Assert.Equal(["list-a"], page["hunts"]!.AsArray().Select(h => (string?)h!["hunt"]));
        var next = await Body(await engine.Ingress.GetAsync($"/hunts?after={page["next"]}&limit=1", engine.Organiser));
        Assert.Equal(["list-b"], next["hunts"]!.AsArray().Select(h => (string?)h!["hunt"]));

        var scoped = await Body(await engine.Ingress.GetAsync("/hunts", engine.Ingress.Token("org", "list-b", [Role.Organiser])));
        Assert.Equal(["list-b"], scoped["hunts"]!.AsArray().Select(h => (string?)h!["hunt"]));
    }

    [Fact]
    public async Task A_partner_plays_by_AMQP_and_what_cannot_be_accepted_is_parked_with_its_cause_and_its_bytes()
    {
        const string hunt = "partner";
        await engine.PublishAsync(Hunt(hunt));
        var register = WholeEngine.Action("RegisterTeam", Guid.CreateVersion7(), ("team", "green"), ("name", "Green"));
        var guess = WholeEngine.Action("SubmitAnswer", Guid.CreateVersion7(), ("treasure", "gate"), ("guess", "drawbridge"), ("onBehalfOf", "green"));
        await PartnerMail.SendAsync(engine.Options, Encoding.UTF8.GetBytes($"[{register},{guess}]"), $"Bearer {engine.Service}", hunt);
        var board = await engine.SeeAsync($"/hunts/{hunt}/board", engine.Service, 3);
        Assert.Equal(("green", 60), ((string?)board["rows"]![0]!["team"], (int?)board["rows"]![0]!["points"]));

        byte[] odd = [0xff, 0x00, 0x7b];
        await PartnerMail.SendAsync(engine.Options, odd, $"Bearer {engine.Service}", hunt);
        await PartnerMail.SendAsync(engine.Options, "{}"u8.ToArray(), $"Bearer {engine.Service}", "no-such-hunt");
        await PartnerMail.SendAsync(engine.Options, "{}"u8.ToArray(), "Bearer nonsense", hunt);
        await PartnerMail.SendAsync(engine.Options, "{}"u8.ToArray(), null, hunt);
        await PartnerMail.SendAsync(engine.Options, "{}"u8.ToArray(), $"Bearer {engine.Service}", null);
        await PartnerMail.SendAsync(engine.Options, "{}"u8.ToArray(), $"Bearer {engine.Ingress.Token("partner", "other", [Role.Service])}", hunt);

        List<(string? Hunt, string Cause, string Body)> parked = [];
        for (var i = 0; i < 1200 && parked.Count < 6; i++)
        {
            await Task.Delay(50);
            parked = await ParkedAsync();
        }
        foreach (var cause in new[] { "Malformed body", "Unknown hunt", "not a JWT", "header authorization", "header hunt", "Another hunt's token" })
            Assert.Contains(parked, row => row.Cause.Contains(cause));
        using var seal = new Seal("k1", engine.Options.SealKey);
        Assert.Contains(parked, row => Convert.FromBase64String(seal.Open(row.Body)).SequenceEqual(odd));
    }

    private async Task<List<(string?, string, string)>> ParkedAsync()
    {
        await using var data = NpgsqlDataSource.Create(engine.Options.Postgres);
        await using var command = data.CreateCommand("select hunt, cause, body from hunts.parked where source = 'intake'");
        await using var rows = await command.ExecuteReaderAsync();
        List<(string?, string, string)> parked = [];
        while (await rows.ReadAsync()) parked.Add((rows.IsDBNull(0) ? null : rows.GetString(0), rows.GetString(1), rows.GetString(2)));
        return parked;
    }

    private static async Task<JsonNode> Body(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }
}
