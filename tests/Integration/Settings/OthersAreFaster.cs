using System.Net;
using System.Text.Json;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>Somebody else on the same store is faster each time: whoever asks is told to come again, nothing of it is stored, and what comes again is done.</summary>
public sealed class OthersAreFaster(Servers servers) : IClassFixture<Servers>
{
    private const int LostByARequest = 4; // at least: its first try may be late already
    private const string Paced = """{"changes":{"lane.pace":3},"why":"slower"}""";

    [Fact]
    public async Task Who_asks_is_told_to_come_again_and_nothing_of_it_is_stored()
    {
        await using var config = await ConfigServiceProcess.StartAsync(servers.Options("config-1"));
        var before = await config.SetAsync("lane.pace", 2);
        (HttpMethod Method, string Path, string Body)[] asked =
        [
            (HttpMethod.Patch, "/settings", Paced), (HttpMethod.Patch, "/settings", """{"changes":{"lane.window":8},"why":"wider"}"""),
            (HttpMethod.Post, "/settings/rollback", $$"""{"to":{{before - 1}},"why":"as it was"}"""),
        ];
        await using (await FasterRival.StartAsync(config.Options))
        {
            await Task.WhenAll(asked.Select(async ask =>
            {
                using var answer = await config.SendAsync(ask.Method, ask.Path, ask.Body);
                await ContendedAsync(answer);
            }));
            using var moved = await config.SendAsync(HttpMethod.Patch, "/settings", Paced, ifMatch: $"\"{await VersionAsync(config)}\"");
            Assert.Equal(HttpStatusCode.PreconditionFailed, moved.StatusCode); // coming again would be in vain
        }
        var rivals = (await config.GetAsync($"/settings/history?after={before}&limit=1000", Wire.Default.SettingsHistory)).Changes;
        Assert.NotEmpty(rivals);
        Assert.All(rivals, change => Assert.Equal(FasterRival.Who, change.Who));

        using var again = await config.SendAsync(HttpMethod.Patch, "/settings", Paced);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(before + rivals.Count + 1, JsonSerializer.Deserialize(await again.Content.ReadAsStringAsync(), Wire.Default.SettingsChanged)!.Version);
    }

    [Fact]
    public async Task An_approval_that_cannot_be_made_a_change_is_made_one_later_and_once()
    {
        await using var config = await ConfigServiceProcess.StartAsync(servers.Options("config-1"));
        await config.SetAsync("lane.pace", 4);
        using var proposed = await config.SendAsync(HttpMethod.Patch, "/settings", """{"changes":{"lane.paused":true},"why":"maintenance"}""");
        Assert.Equal(HttpStatusCode.Accepted, proposed.StatusCode);
        var id = JsonSerializer.Deserialize(await proposed.Content.ReadAsStringAsync(), Wire.Default.SettingsChanged)!.Proposal!.Id;
        await using (await FasterRival.StartAsync(config.Options))
        {
            using var answer = await ApproveAsync();
            await ContendedAsync(answer);
        }
        await Eventually.Async(() =>
        {
            using var answer = ApproveAsync().GetAwaiter().GetResult(); // as it was told
            return answer.StatusCode == HttpStatusCode.OK
                && JsonSerializer.Deserialize(answer.Content.ReadAsStringAsync().GetAwaiter().GetResult(), Wire.Default.SettingsProposal)!.State == ProposalState.Applied;
        }, "the proposal is applied");
        var history = await config.GetAsync("/settings/history?after=0&limit=1000", Wire.Default.SettingsHistory);
        Assert.Equal("ops-ben", Assert.Single(history.Changes, change => change.Proposal == id).ApprovedBy);

        Task<HttpResponseMessage> ApproveAsync() => config.SendAsAsync("ops-ben", HttpMethod.Post, $"/settings/proposals/{id}/approve");
    }

    [Fact]
    public async Task The_command_comes_again_by_itself_until_it_gives_up_and_says_why()
    {
        await using var config = await ConfigServiceProcess.StartAsync(servers.Options("config-1"));
        await config.SetAsync("lane.pace", 5);
        string[] set = ["settings", "set", "ingress.rateBurst=77", "--why", "it is my turn", "--wait", "0"];
        Task<TypedCommand> patient;
        await using (var rival = await FasterRival.StartAsync(config.Options))
        {
            var refused = (await TypedCommand.RunAsync(config.Options, "anna", set)).Ends(ExitCode.Failed);
            Assert.Equal("Others are changing the settings. Nothing was changed: others were faster each time. Send it again.\n", refused.Noted);
            Assert.Empty(refused.Said);
            Assert.True(rival.Changes >= LostByARequest * ApiClient.MaxAttempts, $"Only {rival.Changes} changes were faster.");

            var seen = rival.Changes;
            patient = TypedCommand.RunAsync(config.Options, "anna", set);
            await Eventually.Async(() => rival.Changes > seen + LostByARequest + 1, "it has come again");
        }
        (await patient).Ends(ExitCode.Ok, "ingress.rateBurst: ", " -> 77");
        var mine = Assert.Single((await config.GetAsync("/settings/history?limit=1000", Wire.Default.SettingsHistory)).Changes, change => change.Who == "anna");
        Assert.Equal(mine.Version, await VersionAsync(config));
    }

    private static async Task ContendedAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{(int)answer.StatusCode} {text}");
        Assert.Equal((TimeSpan.FromSeconds(1), Problem.ContentType), (answer.Headers.RetryAfter?.Delta, answer.Content.Headers.ContentType?.MediaType));
        var problem = JsonSerializer.Deserialize<Problem>(text, ApiClient.Json)!;
        Assert.Equal(("urn:treasure-hunt:settings-contended", 503, "Others are changing the settings"), (problem.Type, problem.Status, problem.Title));
        Assert.Equal("Nothing was changed: others were faster each time. Send it again.", problem.Detail);
    }

    private static async Task<long> VersionAsync(ConfigServiceProcess config) => (await config.GetAsync("/settings", Wire.Default.SettingsView)).Version;
}
