using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>
/// Every way to be turned away over HTTP: status, stable type, the field and the fix. After each of them the hunt is where
/// it was: nothing was half done.
/// </summary>
public sealed class RefusalTests(WholeEngine engine) : IClassFixture<WholeEngine>
{
    private const string Hunt = "refusals";
    private static readonly string Good = WholeEngine.Action("SubmitAnswer", Guid.CreateVersion7(), ("treasure", "clock"), ("guess", "x"));

    /// <param name="Field">of the first error; null: the problem has no errors</param>
    public sealed record Row(
        string What, int Status, string Type, string? Field, string Body, string Method = "POST", string Path = $"/hunts/{Hunt}/actions",
        string Token = "player", string? ContentType = "application/json", string? Header = null, string? Value = null)
    {
        public override string ToString() => What;
    }

    public static TheoryData<Row> Rows =>
    [
        // who asks
        new("no token", 401, "token-invalid", null, Good, Token: "none"),
        new("nonsense for a token", 401, "token-invalid", null, Good, Token: "nonsense"),
        new("expired token", 401, "token-invalid", null, Good, Token: "expired"),
        new("token signed by somebody else", 401, "token-invalid", null, Good, Token: "foreign"),
        new("token of another hunt", 403, "hunt-out-of-scope", null, Good, Token: "other-hunt"),
        new("analyst acts", 403, "role-missing", null, Good, Token: "analyst"),
        new("player opens the hunt", 403, "role-missing", null, "", Path: $"/hunts/{Hunt}/open"),
        new("player sends an organiser's action", 403, "role-missing", "type", WholeEngine.Action("OpenHunt", Guid.CreateVersion7())),
        new("player acts for another team", 403, "role-missing", "onBehalfOf", WholeEngine.Action("TakeHint", Guid.CreateVersion7(), ("treasure", "clock"), ("hint", "h1"), ("onBehalfOf", "red"))),
        new("player dates an action", 403, "role-missing", "occurredAt", WholeEngine.Action("TakeHint", Guid.CreateVersion7(), ("treasure", "clock"), ("hint", "h1"), ("occurredAt", "2026-12-01T00:00:00Z"))),
        new("player asks for the live board", 403, "role-missing", "live", "", "GET", $"/hunts/{Hunt}/board?live=true"),

        // which hunt, which team
        new("unknown hunt", 404, "hunt-unknown", null, Good, Path: "/hunts/nowhere/actions"),
        new("hunt that is no slug", 404, "hunt-unknown", null, Good, Path: "/hunts/No%20Where/actions"),
        new("unknown hunt's board", 404, "hunt-unknown", null, "", "GET", "/hunts/nowhere/board"),
        new("unknown team's page", 404, "team-unknown", null, "", "GET", $"/hunts/{Hunt}/teams/nobody"),
        new("board around an unknown team", 404, "team-unknown", null, "", "GET", $"/hunts/{Hunt}/board?around=nobody"),
        new("action never sent", 404, "not-known-yet", null, "", "GET", $"/hunts/{Hunt}/actions/{Guid.CreateVersion7()}"),

        // shape of the body
        new("empty body", 400, "body-malformed", "", ""),
        new("malformed JSON", 400, "body-malformed", "", "{\"type\":"),
        new("too deep", 400, "body-malformed", "", new string('[', 40) + new string(']', 40)),
        new("unknown field", 400, "body-invalid", "colour", WholeEngine.Action("OpenHunt", Guid.CreateVersion7(), ("colour", "red")), Token: "organiser"),
        new("unknown type", 400, "body-invalid", "type", WholeEngine.Action("DigHole", Guid.CreateVersion7())),
        new("missing field", 400, "body-invalid", "guess", WholeEngine.Action("SubmitAnswer", Guid.CreateVersion7(), ("treasure", "clock"))),
        new("wrong type", 400, "body-invalid", "guess", $$"""{"type":"SubmitAnswer","actionId":"{{Guid.CreateVersion7()}}","treasure":"clock","guess":42}"""),
        new("second of an array", 400, "body-invalid", "[1].type", $"[{Good},{{}}]"),
        new("old kind of id", 400, "body-invalid", "actionId", WholeEngine.Action("SubmitAnswer", Guid.NewGuid(), ("treasure", "clock"), ("guess", "x"))),
        new("id from the future", 400, "body-invalid", "actionId", WholeEngine.Action("SubmitAnswer", Guid.CreateVersion7(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero)), ("treasure", "clock"), ("guess", "x"))),
        new("guess too long", 400, "body-invalid", "guess", WholeEngine.Action("SubmitAnswer", Guid.CreateVersion7(), ("treasure", "clock"), ("guess", new string('x', 501)))),
        new("date on a hunt by the wall clock", 400, "body-invalid", "occurredAt", WholeEngine.Action("TakeHint", Guid.CreateVersion7(), ("treasure", "clock"), ("hint", "h1"), ("onBehalfOf", "red"), ("occurredAt", "2026-12-01T00:00:00Z")), Token: "service"),
        new("too large", 413, "body-too-large", "", new string(' ', 256 * 1024 + 1)),
        new("too large, length not told", 413, "body-too-large", "", new string(' ', 256 * 1024 + 1), ContentType: "chunked"),
        new("not JSON", 415, "media-type-unsupported", null, "type=OpenHunt", ContentType: "application/x-www-form-urlencoded"),
        new("no type of content", 415, "media-type-unsupported", null, Good, ContentType: null),

        // headers, queries, addresses
        new("Idempotency-Key is no UUID", 400, "header-invalid", "Idempotency-Key", Good, Header: "Idempotency-Key", Value: "7"),
        new("Idempotency-Key with an array", 400, "body-invalid", "Idempotency-Key", $"[{Good}]", Header: "Idempotency-Key", Value: Guid.CreateVersion7().ToString()),
        new("If-Hunt-Version is no number", 400, "header-invalid", "If-Hunt-Version", "", "GET", $"/hunts/{Hunt}/board", Header: "If-Hunt-Version", Value: "new"),
        new("a version the hunt never reaches", 412, "version-not-reached", null, "", "GET", $"/hunts/{Hunt}/board", Header: "If-Hunt-Version", Value: "1000000"),
        new("top is zero", 400, "query-invalid", "top", "", "GET", $"/hunts/{Hunt}/board?top=0"),
        new("top is a word", 400, "query-invalid", "top", "", "GET", $"/hunts/{Hunt}/board?top=all"),
        new("live is a word", 400, "query-invalid", "live", "", "GET", $"/hunts/{Hunt}/board?live=maybe"),
        new("no such address", 404, "not-found", null, "", "GET", "/treasure"),
        new("wrong method", 405, "method-not-allowed", null, "", "DELETE", $"/hunts/{Hunt}"),

        // definitions
        new("definition is no JSON", 400, "definition-invalid", "", "{", "PUT", "/hunts/new", "organiser"),
        new("definition too large", 413, "body-too-large", "", new string(' ', HuntDefinition.MaxBytes + 1), "PUT", "/hunts/new", "organiser"),
        new("definition of another hunt", 400, "definition-invalid", "/hunt", Definition("old"), "PUT", "/hunts/new", "organiser"),
        new("definition with an unknown field", 400, "definition-invalid", "/colour", Definition("new", d => d["colour"] = "red"), "PUT", "/hunts/new", "organiser"),
        new("definition with a wrong type", 400, "definition-invalid", "/treasures/0/value", Definition("new", d => d["treasures"]![0]!["value"] = "much"), "PUT", "/hunts/new", "organiser"),
        new("definition that cannot be finished", 400, "definition-invalid", "/treasures/0/needs/all/0", Definition("new", d => d["treasures"]![0]!["needs"] = JsonNode.Parse("""{"all":["nothing"]}""")), "PUT", "/hunts/new", "organiser"),
        new("player publishes", 403, "role-missing", null, Definition("new"), "PUT", "/hunts/new"),
        new("slug used before", 409, "refused", null, Definition(Hunt), "PUT", $"/hunts/{Hunt}", "organiser"),
        new("resume what is not paused", 409, "refused", null, "", Path: $"/hunts/{Hunt}/resume", Token: "organiser"),
    ];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_request_that_cannot_be_taken_says_why_and_what_to_do_and_leaves_no_trace(Row row)
    {
        await EnsurePublishedAsync();
        var before = await VersionAsync();
        var answer = await SendAsync(row);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(row.Status == (int)answer.StatusCode, $"{(int)answer.StatusCode} {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(text)!;
        Assert.Equal($"urn:treasure-hunt:{row.Type}", (string?)problem["type"]);
        Assert.Equal(row.Status, (int?)problem["status"]);
        Assert.NotEmpty((string?)problem["title"] ?? "");
        Assert.NotEmpty((string?)problem["detail"] ?? "");
        if (row.Field is null)
        {
            Assert.Null(problem["errors"]);
        }
        else
        {
            var error = problem["errors"]![0]!;
            Assert.Equal(row.Field, (string?)error["field"]);
            Assert.NotEmpty((string?)error["message"] ?? "");
            Assert.NotEmpty((string?)error["fix"] ?? "");
        }
        if (row.Status == 401) Assert.Contains(answer.Headers.WwwAuthenticate, h => h.Scheme == "Bearer");
        if (row.Type is "not-known-yet" or "version-not-reached") Assert.NotNull(answer.Headers.RetryAfter);

        // a refusal of the hunt itself is a fact; everything else left nothing
        Assert.Equal(before + (row.Type == "refused" ? 1 : 0), await VersionAsync(before + (row.Type == "refused" ? 1 : 0)));
    }

    private Task<HttpResponseMessage> SendAsync(Row row)
    {
        var request = new HttpRequestMessage(new HttpMethod(row.Method), row.Path);
        if (row.Method is "POST" or "PUT")
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(row.Body));
            if (row.ContentType == "chunked") request.Headers.TransferEncodingChunked = true;
            if (row.ContentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", row.ContentType == "chunked" ? "application/json" : row.ContentType);
        }
        if (row.Header is not null) request.Headers.TryAddWithoutValidation(row.Header, row.Value);
        if (Token(row.Token) is { } token) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return engine.Ingress.Http.SendAsync(request);
    }

    private string? Token(string who) => who switch
    {
        "none" => null,
        "nonsense" => "nonsense",
        "expired" => engine.Ingress.Token("ada", "*", [Role.Player], TimeSpan.FromMinutes(1), new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50))),
        "foreign" => Tokens.Mint(new byte[32], "ada", "*", TimeSpan.FromHours(1), TimeProvider.System, Role.Player),
        "other-hunt" => engine.Ingress.Token("ada", "another", [Role.Player]),
        _ => engine.Ingress.Token("ada", who),
    };

    private static string Definition(string slug, Action<JsonNode>? change = null)
    {
        var json = System.Text.Json.JsonSerializer.SerializeToNode(Published.Definition(slug), TreasureHunt.Contracts.Wire.Default.HuntDefinition)!;
        change?.Invoke(json);
        return json.ToJsonString();
    }

    private async Task EnsurePublishedAsync()
    {
        var answer = await engine.Ingress.GetAsync($"/hunts/{Hunt}", engine.Organiser);
        if (answer.StatusCode == HttpStatusCode.NotFound) await engine.PublishAsync(Published.Definition(Hunt));
    }

    private async Task<long> VersionAsync(long atLeast = 1) => (long)(await engine.SeeAsync($"/hunts/{Hunt}", engine.Organiser, atLeast))["version"]!;
}
