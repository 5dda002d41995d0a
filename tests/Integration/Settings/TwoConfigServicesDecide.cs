using System.Net;
using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>
/// Decisions that change no value, which no append of a change tells to be late: what operators propose, approve, withdraw or find to hold
/// already at one of two ConfigServices is what the other decides on.
/// </summary>
public sealed class TwoConfigServicesDecide(Servers servers) : IClassFixture<Servers>
{
    private const int Rounds = 10;

    [Fact]
    public async Task What_was_proposed_approved_or_withdrawn_at_one_is_known_to_the_other_at_once()
    {
        await using var first = await ConfigServiceProcess.StartAsync(servers.Options("config-1"));
        await using var second = await ConfigServiceProcess.StartAsync(first.Options with { Instance = "config-2" });
        for (var round = 0; round < Rounds; round++)
        {
            var (here, there) = round % 2 == 0 ? (first, second) : (second, first);
            var (before, paused) = await NowAsync(first);
            var id = await ProposedAsync(here, $"round {round}", !paused);
            Assert.Equal(id, await ProposedAsync(there, $"round {round}", !paused)); // the same again, not one more
            Assert.Equal(HttpStatusCode.Forbidden, (await DoneAsync(there, "ops-anna", id, "approve")).Status);
            var (status, approved) = await DoneAsync(there, "ops-ben", id, "approve");
            Assert.Equal((HttpStatusCode.OK, ProposalState.Applied, before + 1), (status, approved!.State, approved.Version!.Value));
            Assert.Equal(HttpStatusCode.Conflict, (await DoneAsync(here, "ops-carl", id, "approve")).Status);
            Assert.Equal(HttpStatusCode.Conflict, (await DoneAsync(here, "ops-anna", id, "withdraw")).Status);

            var next = await ProposedAsync(there, $"round {round}, once more", paused);
            Assert.NotEqual(id, next);
            Assert.Equal(HttpStatusCode.OK, (await DoneAsync(here, "ops-carl", next, "withdraw")).Status);
            Assert.Equal(HttpStatusCode.Conflict, (await DoneAsync(there, "ops-ben", next, "approve")).Status);
            Assert.Equal((before + 1, !paused), await NowAsync(there));
        }
    }

    [Fact]
    public async Task What_is_decided_at_both_at_once_is_decided_once()
    {
        await using var first = await ConfigServiceProcess.StartAsync(servers.Options("config-1"));
        await using var second = await ConfigServiceProcess.StartAsync(first.Options with { Instance = "config-2" });
        for (var round = 0; round < Rounds; round++)
        {
            var (before, paused) = await NowAsync(first);
            var proposed = await Task.WhenAll(ProposedAsync(first, $"round {round}", !paused), ProposedAsync(second, $"round {round}", !paused));
            var id = Assert.Single(proposed.Distinct());

            var approved = await Task.WhenAll(DoneAsync(first, "ops-ben", id, "approve"), DoneAsync(second, "ops-carl", id, "approve"));
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], approved.Select(one => one.Status).Order());
            var made = Assert.Single((await second.GetAsync($"/settings/history?after={before}", Wire.Default.SettingsHistory)).Changes);
            Assert.Equal((id, approved[0].Status == HttpStatusCode.OK ? "ops-ben" : "ops-carl"), (made.Proposal!.Value, made.ApprovedBy));

            // One agrees and another takes it back: whatever comes first, it is either made or withdrawn.
            var next = await ProposedAsync(first, $"round {round}, once more", paused);
            var (agreed, withdrawn) = (DoneAsync(first, "ops-ben", next, "approve"), DoneAsync(second, "ops-carl", next, "withdraw"));
            var isWithdrawn = (await withdrawn).Status == HttpStatusCode.OK;
            Assert.True(isWithdrawn || (await agreed).Status == HttpStatusCode.OK);
            await agreed;
            var left = (await second.GetAsync("/settings/proposals?all=true", Wire.Default.SettingsPlans)).Proposals.Single(proposal => proposal.Id == next);
            Assert.Equal(isWithdrawn ? ProposalState.Withdrawn : ProposalState.Applied, left.State);
            Assert.Equal(isWithdrawn ? (before + 1, !paused) : (before + 2, paused), await NowAsync(first));
        }
    }

    [Fact]
    public async Task Who_asks_one_for_what_holds_already_is_answered_by_what_was_just_changed_at_the_other()
    {
        await using var first = await ConfigServiceProcess.StartAsync(servers.Options("config-1"));
        await using var second = await ConfigServiceProcess.StartAsync(first.Options with { Instance = "config-2" });
        for (var value = 100; value < 100 + Rounds; value++)
        {
            var (here, there) = value % 2 == 0 ? (first, second) : (second, first);
            var version = await here.SetAsync("checkpoint.every", value);
            Assert.Equal(version, await there.SetAsync("checkpoint.every", value)); // nothing to change
            Assert.Equal(version + 1, await here.SetAsync("checkpoint.every", value + 1000));
            Assert.Equal(version + 2, await there.SetAsync("checkpoint.every", value)); // no longer what it saw last
            using var moved = await here.SendAsync(HttpMethod.Patch, "/settings", """{"changes":{"checkpoint.every":5000},"why":"test"}""", $"\"{version + 1}\"");
            Assert.Equal(HttpStatusCode.PreconditionFailed, moved.StatusCode);
        }
    }

    private static async Task<(long Version, bool Paused)> NowAsync(ConfigServiceProcess at)
    {
        var view = await at.GetAsync("/settings", Wire.Default.SettingsView);
        return (view.Version, view.Values.Find(SettingsScope.Fleet, "lane.paused") == SettingValue.Of(true));
    }

    /// <summary>The number of the proposal to pause, or not to pause, the lanes.</summary>
    private static async Task<long> ProposedAsync(ConfigServiceProcess at, string why, bool paused)
    {
        using var answer = await at.SendAsync(HttpMethod.Patch, "/settings", $$"""{"changes":{"lane.paused":{{(paused ? "true" : "false")}}},"why":"{{why}}"}""");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, $"{(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize(text, Wire.Default.SettingsChanged)!.Proposal!.Id;
    }

    /// <param name="what">approve or withdraw</param>
    private static async Task<(HttpStatusCode Status, SettingsProposal? Proposal)> DoneAsync(ConfigServiceProcess at, string who, long proposal, string what)
    {
        using var answer = await at.SendAsAsync(who, HttpMethod.Post, $"/settings/proposals/{proposal}/{what}", what == "withdraw" ? """{"why":"not needed"}""" : null);
        return (answer.StatusCode, answer.IsSuccessStatusCode ? JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), Wire.Default.SettingsProposal) : null);
    }
}
