using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Ingress;

public sealed class ActionsOverHttpTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private HuntOptions _options = null!;
    private string _hunt = "";
    private IngressApp _ingress = null!;
    private StubProcessor _processor = null!;
    private string _player = "";

    public async Task InitializeAsync()
    {
        _options = servers.Options("ingress-test", lanes: 2);
        _hunt = $"old-town-{Guid.NewGuid():N}"[..20];
        await Published.HuntAsync(_options, _hunt);
        _processor = await StubProcessor.StartAsync(_options);
        _ingress = await IngressApp.StartAsync(_options);
        _player = _ingress.Token("ada", Role.Player);
    }

    public async Task DisposeAsync()
    {
        await _ingress.DisposeAsync();
        await _processor.DisposeAsync();
    }

    private static string Guess(Guid id, string guess = "town hall") =>
        $$"""{"type":"SubmitAnswer","actionId":"{{id}}","treasure":"clock","guess":"{{guess}}"}""";

    private static Guid NewId() => Guid.CreateVersion7();

    private Task<HttpResponseMessage> PostAsync(string body, params (string, string)[] headers) =>
        _ingress.PostAsync($"/hunts/{_hunt}/actions", body, _player, headers);

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    [Fact]
    public async Task An_action_is_accepted_when_the_broker_has_it_and_its_guess_travels_sealed()
    {
        var id = NewId();
        var response = await PostAsync(Guess(id));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var accepted = (await JsonAsync(response))["accepted"]!.AsArray();
        Assert.Equal($"/hunts/{_hunt}/actions/{id}", (string?)accepted[0]!["status"]);

        await Eventually.TrueAsync(() => _processor.Actions.Any(a => a.Action.ActionId == id));
        var sent = _processor.Actions.Single(a => a.Action.ActionId == id);
        Assert.Equal(("ada", _hunt, false), (sent.Actor, sent.Hunt, sent.Service));
        Assert.StartsWith("s1.k1.", ((SubmitAnswer)sent.Action).Guess);
        Assert.Equal(22, sent.Fingerprint.Length);
    }

    [Fact]
    public async Task Who_prefers_to_wait_gets_the_outcome_at_once()
    {
        var id = NewId();
        var response = await PostAsync(Guess(id), ("Prefer", "wait=5"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("7", response.Headers.GetValues("Hunt-Version").Single());
        Assert.Equal("wait=5", response.Headers.GetValues("Preference-Applied").Single());
        var reply = await JsonAsync(response);
        Assert.Equal(("applied", "hunt-opened", id.ToString()), ((string?)reply["status"], (string?)reply["fact"], (string?)reply["actionId"]));
    }

    [Fact]
    public async Task A_refusal_is_an_outcome_with_code_sentence_and_until()
    {
        _processor.Answer = StubProcessor.Refused;
        var response = await PostAsync(Guess(NewId()), ("Prefer", "wait=5"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var reply = await JsonAsync(response);
        Assert.Equal(("refused", "too-many-attempts"), ((string?)reply["status"], (string?)reply["code"]));
        Assert.Equal(Refusals.Sentence(RefusalCode.TooManyAttempts), (string?)reply["sentence"]);
        Assert.NotNull(reply["until"]);
    }

    [Fact]
    public async Task The_same_id_with_another_body_is_409()
    {
        _processor.Answer = StubProcessor.Conflict;
        var response = await PostAsync(Guess(NewId()), ("Prefer", "wait=5"));
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("urn:treasure-hunt:action-conflict", (string?)(await JsonAsync(response))["type"]);
    }

    [Fact]
    public async Task An_array_is_answered_in_its_order_and_travels_in_one_envelope()
    {
        var ids = Enumerable.Range(0, 256).Select(_ => NewId()).ToArray();
        _ingress.Set(s => s with { RateBurst = 1000 });
        var response = await PostAsync($"[{string.Join(',', ids.Select(id => Guess(id)))}]", ("Prefer", "wait=10"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(ids.Select(id => id.ToString()), (await JsonAsync(response)).AsArray().Select(r => (string?)r!["actionId"]));
        Assert.Single(_processor.Envelopes, e => e.Actions.Any(a => ids.Contains(a.Action.ActionId)));
    }

    [Fact]
    public async Task When_the_time_runs_out_what_is_pending_is_said_and_asking_again_says_the_same()
    {
        _processor.Answer = _ => null;
        var id = NewId();
        var response = await PostAsync(Guess(id), ("Prefer", "wait=1"));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("pending", (string?)(await JsonAsync(response))["status"]);

        var status = await _ingress.GetAsync($"/hunts/{_hunt}/actions/{id}", _player);
        Assert.Equal(HttpStatusCode.OK, status.StatusCode);
        Assert.Equal("pending", (string?)(await JsonAsync(status))["status"]);
    }

    [Fact]
    public async Task A_decided_action_is_found_in_the_store_by_its_own_sender_only()
    {
        var id = NewId();
        await Published.FactAsync(_options, _hunt, 2, ActionIds.EventId(_hunt, "ada", id),
            new AnswerWrong("red", "clock", "mac", 5, Guess: "s1.k1.x") { Stamp = Published.Stamp(id, "ada") });
        var mine = await _ingress.GetAsync($"/hunts/{_hunt}/actions/{id}", _player);
        Assert.Equal(HttpStatusCode.OK, mine.StatusCode);
        var reply = await JsonAsync(mine);
        Assert.Equal(("applied", "answer-wrong", 5), ((string?)reply["status"], (string?)reply["fact"], (int?)reply["penalty"]));
        Assert.DoesNotContain("s1.k1", reply.ToJsonString());
        Assert.DoesNotContain("mac", reply.ToJsonString());

        var others = await _ingress.GetAsync($"/hunts/{_hunt}/actions/{id}", _ingress.Token("bob", Role.Player));
        Assert.Equal(HttpStatusCode.NotFound, others.StatusCode);
        Assert.NotNull(others.Headers.RetryAfter);
        Assert.Equal("urn:treasure-hunt:not-known-yet", (string?)(await JsonAsync(others))["type"]);
    }

    [Fact]
    public async Task An_outcome_that_passed_by_is_read_from_the_store()
    {
        var (lost, seen) = (NewId(), NewId());
        await Published.FactAsync(_options, _hunt, 2, ActionIds.EventId(_hunt, "ada", lost),
            new HuntOpened { Stamp = Published.Stamp(lost, "ada", Fingerprint(Guess(lost))) });
        _processor.Answer = action => action.Action.ActionId == lost ? null : StubProcessor.Applied(action);
        var waiting = PostAsync(Guess(lost), ("Prefer", "wait=10"));
        await Eventually.TrueAsync(() => _processor.Actions.Any(a => a.Action.ActionId == lost));
        await PostAsync(Guess(seen), ("Prefer", "wait=5"));
        var reply = await JsonAsync(await waiting);
        Assert.Equal(("applied", 2), ((string?)reply["status"], (int?)reply["version"]));
    }

    [Fact]
    public async Task Too_many_actions_of_one_subject_are_429_and_say_when_to_come_back()
    {
        _ingress.Set(s => s with { RateBurst = 2, RatePerSecond = 1 });
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"[{Guess(NewId())},{Guess(NewId())}]")).StatusCode);
        var refused = await PostAsync(Guess(NewId()));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("urn:treasure-hunt:rate-exceeded", (string?)(await JsonAsync(refused))["type"]);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 3);
        var service = _ingress.Token("partner", Role.Service);
        for (var i = 0; i < 5; i++)
        {
            var body = Guess(NewId()).Replace("}", ""","onBehalfOf":"red"}""");
            Assert.Equal(HttpStatusCode.Accepted, (await _ingress.PostAsync($"/hunts/{_hunt}/actions", body, service)).StatusCode);
        }
    }

    [Fact]
    public async Task A_lane_with_too_much_undecided_is_503_before_anything_is_accepted_and_opens_again_with_the_outcomes()
    {
        _processor.Answer = _ => null;
        _ingress.Set(s => s with { LaneDepth = 3 });
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"[{Guess(NewId())},{Guess(NewId())},{Guess(NewId())}]")).StatusCode);
        var refusedId = NewId();
        var refused = await PostAsync(Guess(refusedId));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("urn:treasure-hunt:lane-full", (string?)(await JsonAsync(refused))["type"]);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.DoesNotContain(_processor.Actions, a => a.Action.ActionId == refusedId);

        _processor.Answer = StubProcessor.Applied;
        _ingress.Set(s => s with { LaneDepth = 100 });
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(Guess(NewId()), ("Prefer", "wait=5"))).StatusCode);
        _ingress.Set(s => s with { LaneDepth = 3 });
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(Guess(refusedId))).StatusCode);
    }

    [Fact]
    public async Task Looks_are_turned_away_while_actions_still_pass_and_both_before_the_token_is_read()
    {
        _processor.Answer = _ => null;
        _ingress.Set(s => s with { LaneDepth = 4, YieldPercent = 50 });
        Assert.Equal(HttpStatusCode.OK, (await _ingress.GetAsync($"/hunts/{_hunt}/board", _player)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"[{Guess(NewId())},{Guess(NewId())}]")).StatusCode);

        foreach (var path in new[] { $"/hunts/{_hunt}", $"/hunts/{_hunt}/board", $"/hunts/{_hunt}/teams/red" })
            await TurnedAwayAsync(await _ingress.GetAsync(path, token: null), "actions-first");
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"[{Guess(NewId())},{Guess(NewId())}]")).StatusCode);
        await TurnedAwayAsync(await _ingress.PostAsync($"/hunts/{_hunt}/actions", Guess(NewId()), token: null), "lane-full");

        _ingress.Set(s => s with { LaneDepth = 100 });
        Assert.Equal(HttpStatusCode.OK, (await _ingress.GetAsync($"/hunts/{_hunt}/board", _player)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _ingress.PostAsync($"/hunts/{_hunt}/actions", Guess(NewId()), token: null)).StatusCode);

        // The same when too many requests are being taken in.
        var acceptance = _ingress.Service<TreasureHunt.Ingress.Actions.Acceptance>();
        _ingress.Set(s => s with { InFlight = 2 });
        acceptance.Entered();
        await TurnedAwayAsync(await _ingress.GetAsync($"/hunts/{_hunt}/board", token: null), "actions-first");
        acceptance.Entered();
        await TurnedAwayAsync(await _ingress.PostAsync($"/hunts/{_hunt}/actions", Guess(NewId()), token: null), "ingress-full");
        acceptance.Left();
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(Guess(NewId()))).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(Guess(NewId()))).StatusCode); // the one before has left
        acceptance.Left();
    }

    [Fact]
    public async Task Who_asks_what_became_of_an_action_or_for_its_trace_is_turned_away_before_who_brings_one()
    {
        _processor.Answer = _ => null;
        var id = NewId();
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"[{Guess(id)},{Guess(NewId())}]")).StatusCode);
        string[] looks = [$"/hunts/{_hunt}/actions/{id}", $"/hunts/{_hunt}/actions/{id}/trace"];
        await AnsweredAsync();

        _ingress.Set(s => s with { LaneDepth = 4, YieldPercent = 50 });
        foreach (var path in looks) await TurnedAwayAsync(await _ingress.GetAsync(path, token: null), "actions-first");
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"[{Guess(NewId())},{Guess(NewId())}]")).StatusCode);
        _ingress.Set(s => s with { LaneDepth = 100 });
        await AnsweredAsync();

        var acceptance = _ingress.Service<TreasureHunt.Ingress.Actions.Acceptance>();
        _ingress.Set(s => s with { InFlight = 2 });
        acceptance.Entered(); // half of what may be taken in at once
        foreach (var path in looks) await TurnedAwayAsync(await _ingress.GetAsync(path, token: null), "actions-first");
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(Guess(NewId()))).StatusCode);
        acceptance.Left();
        await AnsweredAsync();

        async Task AnsweredAsync()
        {
            var pending = await _ingress.GetAsync(looks[0], _player);
            Assert.Equal((HttpStatusCode.OK, "pending"), (pending.StatusCode, (string?)(await JsonAsync(pending))["status"]));
            Assert.Equal(HttpStatusCode.NotFound, (await _ingress.GetAsync(looks[1], _player)).StatusCode); // there is no trace before it is decided
        }
    }

    private static async Task TurnedAwayAsync(HttpResponseMessage answer, string type)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal($"urn:treasure-hunt:{type}", (string?)(await JsonAsync(answer))["type"]);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    private string Fingerprint(string json)
    {
        using var seal = new TreasureHunt.Contracts.Secrets.Seal("k1", _options.SealKey);
        return TreasureHunt.Contracts.Secrets.ActionSeal.Fingerprint(JsonSerializer.Deserialize(json, Wire.Default.HuntAction)!, seal);
    }
}
