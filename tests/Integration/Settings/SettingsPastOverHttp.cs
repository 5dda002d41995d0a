using System.Net;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Integration.Settings;

public sealed class SettingsPastOverHttp(RunningConfigService running) : IClassFixture<RunningConfigService>
{
    private readonly ConfigServiceProcess _config = running.Process;

    [Fact]
    public async Task The_past_is_shown_compared_explained_and_brought_back_by_a_new_change()
    {
        var start = (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version;
        await ChangeAsync("""{"changes":{"lane.pace":2,"lane.pace@service:processors":3,"lane.pace@instance:processor-2":4},"why":"try"}""");
        var between = TimeProvider.System.GetUtcNow();
        await Task.Delay(20);
        await ChangeAsync("""{"changes":{"lane.window":9,"lane.pace@instance:processor-2":null},"why":"second thoughts"}""");

        var then = await _config.GetAsync($"/settings?at={start + 1}", Wire.Default.SettingsView);
        Assert.Equal((start + 1, SettingValue.Of(4)), (then.Version, then.Values.Find("instance:processor-2", "lane.pace")));
        Assert.Equal(then, await _config.GetAsync($"/settings?at={between.UtcDateTime:O}", Wire.Default.SettingsView));

        var diff = await _config.GetAsync($"/settings/diff?from={start + 1}", Wire.Default.SettingsDiff);
        Assert.Equal((start + 1, start + 2), (diff.From, diff.To));
        Assert.Equal(
            [new SettingItem("fleet", "lane.window", SettingValue.Of(9), SettingValue.Of(16)), new SettingItem("instance:processor-2", "lane.pace", null, SettingValue.Of(4))],
            diff.Items);

        var why = await _config.GetAsync("/settings/why?key=lane.pace&service=processors&instance=processor-2", Wire.Default.SettingWhy);
        Assert.Equal(SettingValue.Of(3), why.Value);
        Assert.Equal([("service:processors", start + 1, "try"), ("fleet", start + 1, "try")], why.Sources.Select(source => (source.Scope, source.Version!.Value, source.Why!)));
        var unset = await _config.GetAsync("/settings/why?key=lane.batchCap&service=ingress&instance=ingress-1", Wire.Default.SettingWhy);
        Assert.Equal(new SettingSource("fleet", SettingValue.Of(1024)), Assert.Single(unset.Sources));

        using (var back = await _config.SendAsync(HttpMethod.Post, "/settings/rollback", $$"""{"to":{{start}},"why":"worse than before"}"""))
            Assert.Equal(HttpStatusCode.OK, back.StatusCode);
        Assert.Equal((await _config.GetAsync($"/settings?at={start}", Wire.Default.SettingsView)).Values, (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Values);
        var last = (await _config.GetAsync($"/settings/history?after={start + 2}", Wire.Default.SettingsHistory)).Changes.Single();
        Assert.Equal(($"rollback:{start}", "worse than before", "ops-anna"), (last.Cause, last.Why, last.Who));
    }

    [Fact]
    public async Task Who_watches_is_answered_as_soon_as_there_is_a_change_and_with_nothing_when_there_is_none()
    {
        await ChangeAsync("""{"changes":{"lane.window":9},"why":"so that there is one"}""");
        var latest = (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Empty((await _config.GetAsync($"/settings/history?after={latest}&wait=1", Wire.Default.SettingsHistory)).Changes);
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(0.9), "Nobody waited.");

        var watching = _config.GetAsync($"/settings/history?after={latest}&wait=30", Wire.Default.SettingsHistory);
        Assert.False(watching.IsCompleted);
        await ChangeAsync("""{"changes":{"lane.window":10},"why":"the next one"}""");
        var told = (await watching.WaitAsync(TimeSpan.FromSeconds(20))).Changes;
        Assert.Equal("the next one", Assert.Single(told).Why);
    }

    [Theory]
    [InlineData("GET", "/settings?at=999999", null, "at")]
    [InlineData("GET", "/settings?at=yesterday", null, "at")]
    [InlineData("GET", "/settings/history?after=0&wait=31", null, "wait")]
    [InlineData("GET", "/settings/history?wait=5", null, "after")]
    [InlineData("GET", "/settings/diff", null, "from")]
    [InlineData("GET", "/settings/diff?from=0&to=-1", null, "to")]
    [InlineData("GET", "/settings/why?key=lane.batchcap", null, "key")]
    [InlineData("GET", "/settings/why?key=lane.pace&instance=nobody-9", null, "instance")]
    [InlineData("POST", "/settings/rollback", """{"to":999999,"why":"x"}""", "to")]
    [InlineData("POST", "/settings/rollback", """{"to":0,"why":" "}""", "why")]
    [InlineData("POST", "/settings/rollback", """{"to":"0","why":"x"}""", "to")]
    [InlineData("PATCH", "/settings", """{"changes":{"lane.pace@service:processor":1},"why":"x"}""", "lane.pace@service:processor")]
    public async Task What_cannot_be_asked_is_refused_by_name(string method, string path, string? body, string field)
    {
        await ChangeAsync($$"""{"changes":{"lane.window":{{Random.Shared.Next(1, 16)}}},"why":"so that there is something to go back to"}""");
        using var answer = await _config.SendAsync(new HttpMethod(method), path, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"\"{field}\"", await answer.Content.ReadAsStringAsync());
    }

    private async Task ChangeAsync(string body)
    {
        using var answer = await _config.SendAsync(HttpMethod.Patch, "/settings", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
