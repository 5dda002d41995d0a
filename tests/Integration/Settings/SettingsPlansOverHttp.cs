using System.Net;
using System.Text.Json;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>A ConfigService where dangerous settings need a second person.</summary>
public sealed class StrictConfigService : IAsyncLifetime
{
    private readonly Servers _servers = new();

    internal ConfigServiceProcess Process { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _servers.InitializeAsync();
        Process = await ConfigServiceProcess.StartAsync(_servers.Options("config-1"));
    }

    public async Task DisposeAsync()
    {
        if (Process is not null) await Process.DisposeAsync();
        await _servers.DisposeAsync();
    }
}

public sealed class SettingsPlansOverHttp(StrictConfigService running) : IClassFixture<StrictConfigService>
{
    private const int Patience = 120;
    private readonly ConfigServiceProcess _config = running.Process;

    [Fact]
    public async Task A_value_for_a_time_goes_back_also_when_the_service_was_away_and_every_process_folds_both()
    {
        await using var member = await SettingsMember.StartAsync(_config.Options with { Instance = "folds", DataDir = Directory.CreateTempSubdirectory("hunt-test-").FullName });
        var swapped = new List<long>();
        member.Live.Changed += snapshot => { lock (swapped) swapped.Add(snapshot.Version); };
        var changed = await ChangedAsync("""{"changes":{"lane.batchCap":61},"why":"for a moment","forSeconds":15}""");
        Assert.NotNull(changed.Until);
        var ends = Assert.Single((await PlansAsync()).Returns, ends => ends.Version == changed.Version);
        Assert.Equal(new SettingItem("fleet", "lane.batchCap", SettingValue.Of(1024), SettingValue.Of(61)), Assert.Single(ends.Items));
        await member.AtVersionAsync(changed.Version);
        await _config.KillAsync();
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(15) + ProposalDecider.Late);
            Assert.Equal(61, member.Live.Current.Lane.BatchCap);
        }
        finally
        {
            await _config.StartAsync();
        }
        await Eventually.Async(() => member.Live.Current.Lane.BatchCap == 1024, "the value before", Patience);
        var back = (await HistoryAsync(changed.Version))[0];
        Assert.Equal((changed.Version + 1, $"return:{changed.Version}", SettingsDecider.Service), (back.Version, back.Cause, back.Who));
        Assert.Contains("late by", back.Why);
        lock (swapped) Assert.Equal(swapped.Order(), swapped);
        Assert.Empty((await PlansAsync()).Returns);
    }

    [Fact]
    public async Task A_scheduled_change_is_made_once_by_whichever_service_is_there()
    {
        var other = await ConfigServiceProcess.StartAsync(_config.Options with { Instance = "config-2" });
        await using (other)
        {
            var before = (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version;
            var proposals = new List<long>();
            for (var n = 1; n <= 5; n++)
            {
                var at = TimeProvider.System.GetUtcNow().AddSeconds(20).UtcDateTime.ToString("O");
                proposals.Add((await ChangedAsync($$"""{"changes":{"checkpoint.every":{{200 + n}}},"why":"planned {{n}}","at":"{{at}}"}""", HttpStatusCode.Accepted)).Proposal!.Id);
            }
            Assert.Equal(before, (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version);
            await _config.KillAsync(); // whom they were asked of
            try
            {
                await UntilAsync(other, plans => proposals.TrueForAll(id => plans.Proposals.Any(proposal => proposal.Id == id && proposal.State == ProposalState.Applied)));
            }
            finally
            {
                await _config.StartAsync();
            }
            await Task.Delay(2 * SettingsDue.LookEvery);
            var made = await HistoryAsync(before);
            Assert.Equal(proposals, made.Select(change => change.Proposal!.Value));
            Assert.Equal(Enumerable.Range(1, 5).Select(n => before + n), made.Select(change => change.Version));
            Assert.Equal(["planned 1", "planned 2", "planned 3", "planned 4", "planned 5"], made.Select(change => change.Why.Split(" (")[0]));

            // Both are there and both find it due.
            var soon = TimeProvider.System.GetUtcNow().AddSeconds(20).UtcDateTime.ToString("O");
            var id = (await ChangedAsync($$"""{"changes":{"checkpoint.every":300},"why":"together","at":"{{soon}}","forSeconds":15}""", HttpStatusCode.Accepted)).Proposal!.Id;
            await UntilAsync(other, plans => plans.Proposals.Any(proposal => proposal.Id == id && proposal.State == ProposalState.Applied) && plans.Returns.Count == 0);
            await Task.Delay(2 * SettingsDue.LookEvery);
            Assert.Equal([id, null], (await HistoryAsync(before + 5)).Select(change => change.Proposal));
        }
    }

    [Fact]
    public async Task A_dangerous_setting_is_changed_by_two_people_or_by_broken_glass()
    {
        var before = (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version;
        using var waits = await _config.SendAsync(HttpMethod.Patch, "/settings", """{"changes":{"lane.paused":true},"why":"maintenance"}""");
        Assert.Equal(HttpStatusCode.Accepted, waits.StatusCode);
        var proposal = JsonSerializer.Deserialize(await waits.Content.ReadAsStringAsync(), Wire.Default.SettingsChanged)!.Proposal!;
        Assert.Equal((ProposalState.Waiting, "ops-anna"), (proposal.State, proposal.Who));
        Assert.Equal($"/settings/proposals/{proposal.Id}", waits.Headers.Location!.ToString());
        var approve = $"/settings/proposals/{proposal.Id}/approve";

        await RefusedAsync("ops-anna", approve, HttpStatusCode.Forbidden, $"A second person must approve proposal {proposal.Id}: ops-anna proposed it.");
        await RefusedAsync("ops-ben", approve, HttpStatusCode.Forbidden, "role", Role.Analyst);
        await RefusedAsync("ops-ben", "/settings/proposals/99999/approve", HttpStatusCode.NotFound, "There is no proposal 99999");
        Assert.Equal(before, (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version);

        using (var approved = await _config.SendAsAsync("ops-ben", HttpMethod.Post, approve))
        {
            var now = JsonSerializer.Deserialize(await approved.Content.ReadAsStringAsync(), Wire.Default.SettingsProposal)!;
            Assert.Equal((HttpStatusCode.OK, ProposalState.Applied, before + 1, "ops-ben"), (approved.StatusCode, now.State, now.Version!.Value, now.ApprovedBy));
        }
        await RefusedAsync("ops-carl", approve, HttpStatusCode.Conflict, $"applied already, as version {before + 1}");
        var change = (await HistoryAsync(before)).Single();
        Assert.Equal(("ops-anna", "ops-ben", "maintenance"), (change.Who, change.ApprovedBy, change.Why));

        var glass = await ChangedAsync("""{"changes":{"lane.paused":false},"why":"players wait","breakGlass":"nobody else is awake"}""");
        Assert.Equal("nobody else is awake", (await HistoryAsync(glass.Version - 1)).Single().BreakGlass);
        Assert.Contains("ops-anna broke the glass", _config.Output);
        var why = await _config.GetAsync("/settings/why?key=lane.paused", Wire.Default.SettingWhy);
        Assert.Equal("nobody else is awake", why.Sources[0].BreakGlass);
    }

    [Fact]
    public async Task A_proposal_can_be_withdrawn_and_is_kept_with_the_reason()
    {
        var at = TimeProvider.System.GetUtcNow().AddHours(1).UtcDateTime.ToString("O");
        var id = (await ChangedAsync($$"""{"changes":{"intake.prefetch":9},"why":"later","at":"{{at}}"}""", HttpStatusCode.Accepted)).Proposal!.Id;
        await RefusedAsync("ops-ben", $"/settings/proposals/{id}/withdraw", HttpStatusCode.BadRequest, "why", body: """{"why":" "}""");
        using (var gone = await _config.SendAsAsync("ops-ben", HttpMethod.Post, $"/settings/proposals/{id}/withdraw", """{"why":"not needed"}"""))
            Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
        Assert.DoesNotContain((await PlansAsync()).Proposals, proposal => proposal.Id == id);
        var kept = (await _config.GetAsync("/settings/proposals?all=true", Wire.Default.SettingsPlans)).Proposals.Single(proposal => proposal.Id == id);
        Assert.Equal((ProposalState.Withdrawn, "ops-ben: not needed"), (kept.State, kept.Reason));
    }

    [Theory]
    [InlineData("""{"changes":{"lane.batchCap":60},"why":"x","forSeconds":0}""", "forSeconds")]
    [InlineData("""{"changes":{"lane.batchCap":60},"why":"x","at":"2020-01-01T00:00:00Z"}""", "at")]
    [InlineData("""{"changes":{"lane.batchCap":60},"why":"x","at":"tomorrow"}""", "at")]
    [InlineData("""{"changes":{"lane.batchCap":60},"why":"x","breakGlass":""}""", "breakGlass")]
    public async Task What_cannot_be_planned_is_refused_by_name(string body, string field)
    {
        using var answer = await _config.SendAsync(HttpMethod.Patch, "/settings", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"\"field\":\"{field}\"", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(Role.Player, HttpStatusCode.Forbidden), InlineData(Role.Analyst, HttpStatusCode.OK), InlineData(Role.Operator, HttpStatusCode.OK)]
    public async Task Who_may_see_what_waits(string role, HttpStatusCode expected)
    {
        using var answer = await _config.SendAsync(HttpMethod.Get, "/settings/proposals", null, null, role);
        Assert.Equal(expected, answer.StatusCode);
    }

    private async Task<SettingsChanged> ChangedAsync(string body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await _config.SendAsync(HttpMethod.Patch, "/settings", body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{body}: {(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize(text, Wire.Default.SettingsChanged)!;
    }

    private async Task RefusedAsync(string who, string path, HttpStatusCode expected, string says, string role = Role.Operator, string? body = null)
    {
        using var answer = await _config.SendAsAsync(who, HttpMethod.Post, path, body, null, role);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{path}: {(int)answer.StatusCode} {text}");
        Assert.Contains(says, text);
    }

    private Task<SettingsPlans> PlansAsync() => _config.GetAsync("/settings/proposals", Wire.Default.SettingsPlans);

    private async Task<IReadOnlyList<SettingsChange>> HistoryAsync(long after) =>
        (await _config.GetAsync($"/settings/history?after={after}&limit=1000", Wire.Default.SettingsHistory)).Changes;

    private static async Task UntilAsync(ConfigServiceProcess service, Func<SettingsPlans, bool> condition)
    {
        for (var i = 0; i < Patience * 5; i++)
        {
            if (condition(await service.GetAsync("/settings/proposals?all=true", Wire.Default.SettingsPlans))) return;
            await Task.Delay(200);
        }
        Assert.Fail($"Not reached within {Patience} s.");
    }
}
