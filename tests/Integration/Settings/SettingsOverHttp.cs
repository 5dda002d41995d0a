using System.Net;
using System.Text.Json;
using TreasureHunt.ConfigService.Http;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>One ConfigService for all tests of a class.</summary>
public sealed class RunningConfigService : IAsyncLifetime
{
    private readonly Servers _servers = new();

    internal ConfigServiceProcess Process { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _servers.InitializeAsync();
        Process = await ConfigServiceProcess.StartAsync(_servers.Options("config-1") with { Approval = false });
    }

    public async Task DisposeAsync()
    {
        if (Process is not null) await Process.DisposeAsync();
        await _servers.DisposeAsync();
    }
}

public sealed class SettingsOverHttp(RunningConfigService running) : IClassFixture<RunningConfigService>
{
    private readonly ConfigServiceProcess _config = running.Process;

    [Fact]
    public async Task The_checked_in_OpenAPI_document_is_what_ConfigService_serves_and_knows_every_setting()
    {
        using var served = await _config.SendWithoutTokenAsync("/openapi/v1.json");
        var document = await ApiDocument.IsCheckedInAsync("settings.openapi.json", await served.Content.ReadAsStringAsync());
        var settings = document["components"]!["schemas"]!["ChangeSettings"]!["properties"]!["changes"]!["properties"]!.AsObject();
        Assert.Equal(SettingsSchema.All.Select(setting => setting.Key).Order(), settings.Select(setting => setting.Key).Order());
    }

    [Fact]
    public async Task A_change_is_made_against_a_version_stored_with_who_and_why_and_found_in_the_history()
    {
        var before = await _config.GetAsync("/settings", Wire.Default.SettingsView);
        using (var changed = await PatchAsync("""{"changes":{"lane.batchCap":64,"lane.pace":"7ms"},"why":"queue grows"}""", $"\"{before.Version}\""))
        {
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
            Assert.Equal($"\"{before.Version + 1}\"", changed.Headers.ETag!.Tag);
        }
        using (var late = await PatchAsync("""{"changes":{"lane.batchCap":65},"why":"me too"}""", $"\"{before.Version}\""))
        {
            Assert.Equal(HttpStatusCode.PreconditionFailed, late.StatusCode);
            Assert.Contains($"version {before.Version + 1}", await late.Content.ReadAsStringAsync());
        }
        using (var again = await PatchAsync("""{"changes":{"lane.batchCap":64,"lane.pace":7},"why":"queue grows"}""", $"\"{before.Version}\""))
            Assert.Equal(HttpStatusCode.OK, again.StatusCode); // its own work is done already

        var after = await _config.GetAsync("/settings", Wire.Default.SettingsView);
        Assert.Equal(before.Version + 1, after.Version);
        Assert.Equal(SettingValue.Of(64), after.Values.Find("fleet", "lane.batchCap"));
        Assert.Equal(after.Values.Hash, after.Hash);
        var change = Assert.Single((await _config.GetAsync($"/settings/history?after={before.Version}", Wire.Default.SettingsHistory)).Changes);
        Assert.Equal(("ops-anna", "queue grows", before.Version + 1), (change.Who, change.Why, change.Version));
        Assert.Equal(["lane.batchCap", "lane.pace"], change.Items.Select(item => item.Key));
        Assert.Equal(SettingValue.Of(7), change.Items[1].Value);
    }

    [Fact]
    public async Task Of_many_who_change_against_the_same_version_one_wins_and_without_a_version_all_do()
    {
        var version = (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version;
        var raced = await Task.WhenAll(Enumerable.Range(0, 20).Select(n =>
            PatchAsync($$"""{"changes":{"lane.batchCap":{{n + 30}}},"why":"race"}""", $"\"{version}\"")));
        Assert.Single(raced, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(19, raced.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed));

        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => PatchAsync($$"""{"changes":{"lane.batchCap":{{n + 1}}},"why":"race"}""")));
        Assert.All(all, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var history = await _config.GetAsync($"/settings/history?after={version}&limit=1000", Wire.Default.SettingsHistory);
        Assert.Equal(Enumerable.Range(1, 21).Select(n => version + n), history.Changes.Select(change => change.Version));
        for (var i = 1; i < history.Changes.Count; i++)
            Assert.Equal(history.Changes[i - 1].Items[0].Value, history.Changes[i].Items[0].Previous);
    }

    [Fact]
    public async Task Two_services_on_one_store_agree()
    {
        var other = await ConfigServiceProcess.StartAsync(_config.Options with { Instance = "config-2" });
        await using (other)
        {
            var versions = new List<long>();
            for (var n = 0; n < 6; n++) versions.Add(await (n % 2 == 0 ? _config : other).SetAsync("checkpoint.every", 1000 + n));
            Assert.Equal(Enumerable.Range(0, 6).Select(n => versions[0] + n), versions);
            Assert.Equal((await _config.GetAsync("/settings", Wire.Default.SettingsView)).Hash, (await other.GetAsync("/settings", Wire.Default.SettingsView)).Hash);
        }
    }

    [Fact]
    public async Task The_gap_of_a_process_is_answered_with_full_messages()
    {
        var from = await _config.SetAsync("intake.prefetch", 11);
        await _config.SetAsync("intake.prefetch", 12);
        var messages = await _config.GetAsync($"/settings/changes?after={from - 1}", Wire.Default.SettingsMessageArray);
        Assert.Equal([from, from + 1], messages.Select(message => message.Version));
        Assert.All(messages, message => Assert.True(SettingsState.IsWhole(message)));
        Assert.Equal(SettingValue.Of(12), messages[1].Values.Find("fleet", "intake.prefetch"));
        Assert.Single(await _config.GetAsync("/settings/changes?after=1000000", Wire.Default.SettingsMessageArray));
    }

    [Fact]
    public async Task The_schema_describes_every_setting()
    {
        var schema = await _config.GetAsync("/settings/schema", Wire.Default.SettingDescriptionArray);
        Assert.Equal(SettingsSchema.All.Select(setting => setting.Key), schema.Select(setting => setting.Key));
        var cap = Assert.Single(schema, setting => setting.Key == "lane.batchCap");
        Assert.Equal((1, 4096, "actions"), (cap.Min, cap.Max, cap.Unit));
    }

    [Theory]
    [InlineData("""{"changes":{"lane.batchCap":5000},"why":"x"}""", "lane.batchCap", "Use 4096.")]
    [InlineData("""{"changes":{"lane.batchcap":64},"why":"x"}""", "lane.batchcap", "Use lane.batchCap.")]
    [InlineData("""{"changes":{"lane.batchCap":{"a":1}},"why":"x"}""", "lane.batchCap", "number, true, false or a text")]
    [InlineData("""{"changes":{"lane.batchCap":64},"why":" "}""", "why", "1 to 500 characters")]
    [InlineData("""{"changes":{"lane.batchCap":64}}""", "", "why")]
    [InlineData("""{"changes":{},"why":"x"}""", "changes", "1 to 256")]
    [InlineData("""{"changes":{"lane.batchCap":1,"lane.batchCap":2},"why":"x"}""", "", "uplicate")]
    [InlineData("""{"changes":{"lane.batchCap":64},"why":"x","who":"me"}""", "who", "")]
    [InlineData("""{"changes":{"lane.batchCap":64},"why":"x","scope":"everybody"}""", "scope", "Use fleet.")]
    [InlineData("""{"changes":""", "", "changes")]
    [InlineData("""null""", "", "changes")]
    [InlineData("", "", "changes")]
    public async Task A_bad_request_is_refused_with_field_and_fix_and_nothing_is_changed(string body, string field, string says)
    {
        var version = (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version;
        using var answer = await PatchAsync(body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("errors")[0];
        Assert.Contains(field, error.GetProperty("field").GetString() + error.GetProperty("message").GetString());
        Assert.Contains(says, text.Replace("\\u0022", "\""));
        Assert.Equal(version, (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version);
    }

    [Theory]
    [InlineData("GET", "/settings", Role.Player, HttpStatusCode.Forbidden)]
    [InlineData("GET", "/settings", Role.Analyst, HttpStatusCode.OK)]
    [InlineData("GET", "/settings/changes?after=0", Role.Service, HttpStatusCode.OK)]
    [InlineData("GET", "/settings/changes?after=x", Role.Service, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/settings/history?limit=0", Role.Analyst, HttpStatusCode.BadRequest)]
    [InlineData("PATCH", "/settings", Role.Organiser, HttpStatusCode.Forbidden)]
    [InlineData("PATCH", "/settings", Role.Service, HttpStatusCode.Forbidden)]
    [InlineData("GET", "/lanes", Role.Operator, HttpStatusCode.OK)]
    [InlineData("GET", "/lanes", Role.Analyst, HttpStatusCode.Forbidden)]
    [InlineData("GET", "/lanes", Role.Player, HttpStatusCode.Forbidden)]
    public async Task Who_may_do_what(string method, string path, string role, HttpStatusCode expected)
    {
        using var answer = await _config.SendAsync(new HttpMethod(method), path, method == "PATCH" ? """{"changes":{"lane.batchCap":63},"why":"x"}""" : null, null, role);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Without_a_token_only_health_answers()
    {
        using var settings = await _config.SendWithoutTokenAsync("/settings");
        Assert.Equal(HttpStatusCode.Unauthorized, settings.StatusCode);
        using var health = await _config.SendWithoutTokenAsync("/health/ready");
        Assert.Contains("\"settings\":{\"status\":\"Healthy\"", await health.Content.ReadAsStringAsync());
    }

    [Theory, InlineData("twelve"), InlineData("\"-1\""), InlineData("\"1\", \"2\"")]
    public async Task A_version_that_cannot_be_read_is_refused(string ifMatch)
    {
        using var answer = await PatchAsync("""{"changes":{"lane.batchCap":62},"why":"x"}""", ifMatch);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("If-Match", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        using var answer = await PatchAsync($$"""{"changes":{"lane.batchCap":62},"why":"{{new string('x', Requests.MaxBodyBytes)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    private Task<HttpResponseMessage> PatchAsync(string body, string? ifMatch = null) => _config.SendAsync(HttpMethod.Patch, "/settings", body, ifMatch);
}
