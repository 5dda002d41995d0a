using System.Globalization;
using System.Text.Json;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>
/// A ConfigService where dangerous settings need a second person, and two processes that follow it. processor-2 works by
/// another window than 8, and cannot work by 9.
/// </summary>
public sealed class SteeredProcesses : IAsyncLifetime
{
    public const int DriftsAt = 8, RefusesAt = 9;
    private readonly Servers _servers = new();
    private readonly List<SettingsMember> _members = [];

    internal ConfigServiceProcess Config { get; private set; } = null!;
    internal SettingsMember First => _members[0];
    internal SettingsMember Second => _members[1];

    public async Task InitializeAsync()
    {
        await _servers.InitializeAsync();
        Config = await ConfigServiceProcess.StartAsync(_servers.Options("config-1"));
        _members.Add(await SettingsMember.StartAsync(Config.Options with { Instance = "processor-1", DataDir = NewFolder() }));
        _members.Add(await SettingsMember.StartAsync(Config.Options with { Instance = "processor-2", DataDir = NewFolder(), Group = "canary" }, (settings, _) => settings.Lane.Window switch
        {
            RefusesAt => throw new InvalidOperationException("nine is too many for me"),
            DriftsAt => Task.FromResult<IReadOnlyDictionary<string, SettingValue>>(new Dictionary<string, SettingValue> { ["lane.window"] = SettingValue.Of(4) }),
            _ => Task.FromResult<IReadOnlyDictionary<string, SettingValue>>(new Dictionary<string, SettingValue>()),
        }));
        for (var i = 0; (await Config.GetAsync("/settings/receipts", Wire.Default.FleetReceipts)).Receipts.Count < 3; i++)
        {
            Assert.True(i < 300, "Not all three processes answered within 30 s.");
            await Task.Delay(100);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var member in _members) await member.DisposeAsync();
        if (Config is not null) await Config.DisposeAsync();
        await _servers.DisposeAsync();
    }

    private static string NewFolder() => Directory.CreateTempSubdirectory("hunt-test-").FullName;
}

/// <summary>./hunt settings as operators type it: what it says, how it ends, and what the processes then work by.</summary>
public sealed class SettingsByCommand(SteeredProcesses running) : IClassFixture<SteeredProcesses>
{
    [Fact]
    public async Task A_change_is_shown_with_the_answer_of_every_process()
    {
        var before = await VersionAsync();
        var set = (await AnnaAsync("set", "lane.batchCap=64", "lane.pace@instance:processor-2=7", "--why", "try it", "--wait", "30")).Ends(
            ExitCode.Ok, $"version {before + 1}: lane.batchCap: 1024 -> 64, lane.pace: unset -> 7 (instance:processor-2)");
        Assert.Matches($@"^processor-1 +processors +{before + 1} +{before + 1} +applied .* 64 +3$", set.Line("processor-1"));
        Assert.Matches($@"^processor-2 +processors +{before + 1} +{before + 1} +applied .* 64 +7$", set.Line("processor-2"));
        Assert.Equal((64, 7.0), (running.First.Live.Current.Lane.BatchCap, running.Second.Live.Current.Lane.Pace.TotalMilliseconds));

        (await AnnaAsync("set", "lane.batchCap=64", "--why", "again")).Ends(ExitCode.Ok, $"Nothing to change: version {before + 1} has these values already.");
        (await AnnaAsync("set", "lane.batchCap=65", "--why", "x", "--if-version", $"{before}")).Ends(ExitCode.Failed, $"{before + 1}");
        var json = (await AnnaAsync("set", "lane.batchCap=default", "lane.pace@instance:processor-2=default", "--why", "done", "--json")).Read(Wire.Default.SettingsChanged);
        Assert.Equal(before + 2, json.Version);
        Assert.Equal(
            [new SettingItem("fleet", "lane.batchCap", null, SettingValue.Of(64)), new SettingItem("instance:processor-2", "lane.pace", null, SettingValue.Of(7))], json.Items);
        await running.First.AtVersionAsync(before + 2);
        Assert.Equal(1024, running.First.Live.Current.Lane.BatchCap);
    }

    [Fact]
    public async Task All_settings_one_of_them_and_who_works_by_them_are_shown()
    {
        var version = (await AnnaAsync("set", "intake.prefetch=77", "intake.prefetch@group:canary=78", "--why", "look at it", "--wait", "30", "--json")).Read(Wire.Default.SettingsChanged).Version;
        var all = (await AnnaAsync("get")).Ends(ExitCode.Ok, $"version {version}\n");
        Assert.Matches(@"(?m)^intake\.prefetch +77 \* +256 +a whole number from 1 to 256 messages +at once, by consumer hand-over$", all.Said);
        Assert.Matches(@"(?m)^intake\.prefetch +group:canary +78$", all.Said);
        Assert.All(SettingsSchema.All, setting => Assert.Matches($@"(?m)^{setting.Key} ", all.Said));
        var view = (await AnnaAsync("get", "--json")).Read(Wire.Default.SettingsView);
        Assert.Equal((version, SettingValue.Of(77), SettingValue.Of(78)), (view.Version, view.Values.Find("fleet", "intake.prefetch"), view.Values.Find("group:canary", "intake.prefetch")));

        (await AnnaAsync("get", "intake.prefetch")).Ends(
            ExitCode.Ok, "intake.prefetch = 77 (default 256)\n", "a whole number from 1 to 256 messages", "hunt.intake.in_flight", SettingsSchema.IntakePrefetch.Cost);
        Assert.DoesNotContain("Dangerous", (await AnnaAsync("get", "intake.prefetch")).Said);
        (await AnnaAsync("get", "lane.concurrency")).Ends(ExitCode.Ok, "Dangerous: a wrong value can stop the engine.");
        (await AnnaAsync("get", "intake.prefech")).Ends(ExitCode.Usage, "Did you mean intake.prefetch?");

        var receipts = (await AnnaAsync("receipts")).Ends(ExitCode.Ok);
        Assert.Matches($@"^config-1 +config +{version} +{version} +applied +\d+\.\d +\d\d:\d\d:\d\d\.\d{{3}}$", receipts.Line("config-1"));
        Assert.Matches($@"^processor-2 +processors +{version} +{version} +applied +\d+\.\d +\d\d:\d\d:\d\d\.\d{{3}}$", receipts.Line("processor-2"));
        var fleet = (await AnnaAsync("receipts", "--json")).Read(Wire.Default.FleetReceipts);
        Assert.Equal(version, fleet.Version);
        Assert.Equal(
            [("config-1", 77), ("processor-1", 77), ("processor-2", 78)],
            fleet.Receipts.Select(receipt => (receipt.Instance, int.Parse(receipt.Effective["intake.prefetch"].Text, CultureInfo.InvariantCulture))).Order());
        (await AnnaAsync("set", "intake.prefetch=default", "intake.prefetch@group:canary=default", "--why", "seen", "--wait", "0")).Ends(ExitCode.Ok);
    }

    [Theory]
    [InlineData("nearest valid value is 4096", "lane.batchCap=5000")]
    [InlineData("Did you mean lane.batchCap?", "lane.batchcap=64")]
    [InlineData("The nearest value that fits is 5000.", "broker.maxDelay=6000", "broker.attempts=2")] // a rule between settings: ConfigService says no
    [InlineData("There are config, ingress, processors.", "lane.pace@service:processor=5")]
    [InlineData("KEY=VALUE", "lane.batchCap")]
    public async Task A_value_that_cannot_be_is_refused_with_the_nearest_that_can_and_nothing_is_changed(string says, params string[] assignments)
    {
        var before = await VersionAsync();
        var refused = (await AnnaAsync(["set", .. assignments, "--why", "too much"])).Ends(ExitCode.Usage, says);
        Assert.Empty(refused.Said);
        Assert.Equal(before, await VersionAsync());
    }

    [Fact]
    public async Task A_process_that_refuses_or_drifts_is_named_and_the_command_fails()
    {
        (await AnnaAsync("set", $"lane.window={SteeredProcesses.DriftsAt}", "--why", "narrower", "--wait", "30")).Ends(ExitCode.Ok);
        var drifting = (await AnnaAsync("fleet")).Ends(ExitCode.Different, "Not by version", ": processor-2.");
        Assert.Contains("DRIFTING", drifting.Line("processor-2"));
        Assert.Contains("lane.window: 8 -> 4", drifting.Line("processor-2"));
        Assert.Contains("in step", drifting.Line("processor-1"));

        var refused = (await AnnaAsync("set", $"lane.window={SteeredProcesses.RefusesAt}", "--why", "wider", "--wait", "30")).Ends(ExitCode.Failed);
        Assert.Contains("refused", refused.Line("processor-2"));
        Assert.Contains("nine is too many for me", refused.Line("processor-2"));
        Assert.Contains(" applied ", refused.Line("processor-1"));

        var back = (await AnnaAsync("set", "lane.window=default", "--why", "not for processor-2", "--json")).Read(Wire.Default.SettingsChanged);
        await SettledAsync(back.Version);
        var fleet = (await AnnaAsync("fleet", "--json")).Read(Wire.Default.FleetView);
        Assert.Equal(["config-1", "processor-1", "processor-2"], fleet.Instances.Select(instance => instance.Receipt.Instance));
        Assert.All(fleet.Instances, instance => Assert.Equal((Standing.InStep, back.Version), (instance.Standing, instance.Receipt.InForce)));
        (await AnnaAsync("fleet")).Ends(ExitCode.Ok, $"All 3 processes that are there work by version {back.Version}.");

        (await AnnaAsync("convergence", "--limit", "2")).Ends(ExitCode.Ok, "in force everywhere after (ms)").Line($"{back.Version} ");
        var versions = (await AnnaAsync("convergence", "--limit", "2", "--json")).Read(Wire.Default.SettingsConvergence).Versions;
        Assert.Equal([(back.Version - 1, 2), (back.Version, 3)], versions.Select(version => (version.Version, version.Applied)));
        Assert.Equal(["processor-2"], versions[0].Refused);
        Assert.Empty(versions[1].Refused.Concat(versions[1].Missing));
    }

    [Fact]
    public async Task A_value_for_a_time_is_among_the_proposals_with_what_holds_afterwards()
    {
        var before = await VersionAsync();
        (await AnnaAsync("set", "checkpoint.every=700", "--for", "30m", "--why", "rush hour", "--wait", "0")).Ends(ExitCode.Ok, $"version {before + 1}: checkpoint.every: 5000 -> 700; back at ");
        var line = (await AnnaAsync("proposals")).Ends(ExitCode.Ok, "what holds then").Line($"{before + 1} ");
        Assert.EndsWith("checkpoint.every: 700 -> 5000", line);
        var ends = Assert.Single((await AnnaAsync("proposals", "--json")).Read(Wire.Default.SettingsPlans).Returns, ends => ends.Version == before + 1);
        Assert.InRange(ends.Until - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(28), TimeSpan.FromMinutes(30));
        Assert.Equal([new SettingItem("fleet", "checkpoint.every", SettingValue.Of(5000), SettingValue.Of(700))], ends.Items);
        (await AnnaAsync("set", "checkpoint.every=default", "--why", "it is over", "--wait", "0")).Ends(ExitCode.Ok);
        Assert.Empty((await AnnaAsync("proposals", "--json")).Read(Wire.Default.SettingsPlans).Returns);
        (await AnnaAsync("set", "checkpoint.every=700", "--for", "soon", "--why", "x")).Ends(ExitCode.Usage, "such as 30m");
    }

    [Fact]
    public async Task A_change_for_later_waits_among_the_proposals_until_somebody_withdraws_it()
    {
        var before = await VersionAsync();
        var at = TimeProvider.System.GetUtcNow().AddHours(2).UtcDateTime;
        var id = (await AnnaAsync("set", "ingress.rateBurst=300", "--at", at.ToString("O"), "--why", "the finals", "--json")).Read(Wire.Default.SettingsChanged).Proposal!.Id;
        var shown = string.Create(CultureInfo.InvariantCulture, $"proposal {id} is made at {at:yyyy-MM-dd HH:mm:ss} UTC");
        (await AnnaAsync("set", "ingress.rateBurst=300", "--at", at.ToString("O"), "--why", "the finals")).Ends(ExitCode.Ok, shown); // the same again is the same
        Assert.Matches($"^{id} +anna +ingress.rateBurst@fleet=300 +the finals +{shown}$", (await AnnaAsync("proposals")).Ends(ExitCode.Ok).Line($"{id} "));

        (await BenAsync("withdraw", $"{id}", "--why", "they are off")).Ends(ExitCode.Ok, $"proposal {id} is withdrawn (ben: they are off)");
        Assert.DoesNotContain((await AnnaAsync("proposals", "--json")).Read(Wire.Default.SettingsPlans).Proposals, proposal => proposal.Id == id);
        var kept = Assert.Single((await AnnaAsync("proposals", "--all", "--json")).Read(Wire.Default.SettingsPlans).Proposals, proposal => proposal.Id == id);
        Assert.Equal((ProposalState.Withdrawn, "ben: they are off"), (kept.State, kept.Reason));
        Assert.Equal(kept.Reason, (await BenAsync("withdraw", $"{id}", "--why", "once more", "--json")).Read(Wire.Default.SettingsProposal).Reason);
        (await AnnaAsync("withdraw", "99999", "--why", "x")).Ends(ExitCode.Failed, "There is no proposal 99999");
        Assert.Equal(before, await VersionAsync());
    }

    [Fact]
    public async Task A_dangerous_setting_waits_for_another_person_or_is_changed_behind_broken_glass()
    {
        var before = await VersionAsync();
        var id = (await AnnaAsync("set", "lane.paused=true", "--why", "maintenance", "--json")).Read(Wire.Default.SettingsChanged).Proposal!.Id;
        (await AnnaAsync("set", "lane.paused=true", "--why", "maintenance")).Ends(ExitCode.Ok, $"proposal {id} waits for a second person until ", $"./hunt settings approve {id}");
        (await AnnaAsync("approve", $"{id}")).Ends(ExitCode.Failed, $"A second person must approve proposal {id}: anna proposed it.");
        Assert.Equal((before, false), (await VersionAsync(), running.First.Live.Current.Lane.Paused));

        var approved = (await BenAsync("approve", $"{id}", "--json")).Read(Wire.Default.SettingsProposal);
        Assert.Equal((ProposalState.Applied, before + 1, "ben"), (approved.State, approved.Version, approved.ApprovedBy));
        await running.First.AtVersionAsync(before + 1);
        Assert.True(running.First.Live.Current.Lane.Paused);
        (await BenAsync("approve", $"{id}")).Ends(ExitCode.Ok, $"proposal {id} is version {before + 1}"); // sent twice
        (await CarlAsync("approve", $"{id}")).Ends(ExitCode.Failed, "applied already");

        (await AnnaAsync("set", "lane.paused=false", "--why", "players wait", "--break-glass", "nobody else is awake", "--wait", "30")).Ends(
            ExitCode.Ok, $"version {before + 2}: lane.paused: true -> false");
        Assert.False(running.First.Live.Current.Lane.Paused);
        var told = (await AnnaAsync("history", "--limit", "2")).Ends(ExitCode.Ok);
        Assert.EndsWith($"proposal {id}, approved by ben", told.Line($"{before + 1} "));
        Assert.EndsWith("BREAK-GLASS: nobody else is awake", told.Line($"{before + 2} "));
        (await AnnaAsync("why", "lane.paused")).Ends(ExitCode.Ok, "lane.paused = false", "players wait; BREAK-GLASS: nobody else is awake");
    }

    [Fact]
    public async Task Why_names_the_change_that_decided_a_value_of_a_process()
    {
        var version = (await AnnaAsync(
            "set", "ingress.pace=12", "ingress.pace@service:processors=13", "ingress.pace@group:canary=14", "--why", "first", "--json")).Read(Wire.Default.SettingsChanged).Version;
        (await BenAsync("set", "ingress.pace@instance:processor-2=15", "--why", "only there", "--wait", "0")).Ends(ExitCode.Ok);

        var why = (await AnnaAsync("why", "ingress.pace", "--instance", "processor-2")).Ends(ExitCode.Ok, "ingress.pace = 15 for processor-2");
        Assert.Matches($@"^instance:processor-2 +15  <- holds +{version + 1} .* ben +only there$", why.Line("instance:processor-2"));
        Assert.Matches($@"^group:canary +14 +{version} .* anna +first$", why.Line("group:canary"));
        var told = (await AnnaAsync("why", "ingress.pace", "--instance", "processor-1", "--json")).Read(Wire.Default.SettingWhy);
        Assert.Equal((SettingValue.Of(13), new SettingsSubject("processors", "processor-1")), (told.Value, told.Subject));
        Assert.Equal(
            [("service:processors", version, "anna", "first"), ("fleet", version, "anna", "first")],
            told.Sources.Select(source => (source.Scope, source.Version!.Value, source.Who!, source.Why!)));
        (await AnnaAsync("why", "ingress.pace")).Ends(ExitCode.Ok, "ingress.pace = 12");
        (await AnnaAsync("why", "lane.prefetch")).Ends(ExitCode.Ok, "the default");
        (await AnnaAsync("why", "ingress.pace", "--instance", "procesor-2")).Ends(ExitCode.Usage, "Did you mean processor-2?");
    }

    [Fact]
    public async Task The_past_is_listed_shown_compared_brought_back_and_played_again()
    {
        var before = (await AnnaAsync("set", "ingress.laneDepth=9000", "--why", "so that it began", "--json")).Read(Wire.Default.SettingsChanged).Version;
        (await AnnaAsync("set", "ingress.laneDepth=8000", "--why", "faster", "--wait", "0")).Ends(ExitCode.Ok);
        (await BenAsync("set", "ingress.laneDepth=7000", "ingress.laneDepth@instance:processor-2=6000", "--why", "faster still", "--wait", "0")).Ends(ExitCode.Ok);

        var listed = (await AnnaAsync("history", "--limit", "2")).Ends(ExitCode.Ok);
        Assert.Matches($@"^{before + 1} .* anna +ingress.laneDepth: 9000 -> 8000 +faster$", listed.Line($"{before + 1} "));
        Assert.Matches($@"^{before + 2} .* ben +ingress.laneDepth: 8000 -> 7000 +faster still$", listed.Line($"{before + 2} "));
        Assert.Contains("ingress.laneDepth: unset -> 6000 (instance:processor-2)", listed.Said);
        var history = (await AnnaAsync("history", "--limit", "2", "--json")).Read(Wire.Default.SettingsHistory);
        Assert.Equal([(before + 1, "anna"), (before + 2, "ben")], history.Changes.Select(change => (change.Version, change.Who)));

        Assert.Matches("^ingress.laneDepth +8000 ", (await AnnaAsync("at", $"{before + 1}")).Ends(ExitCode.Ok, $"version {before + 1}").Line("ingress.laneDepth "));
        var then = (await AnnaAsync("at", history.Changes[0].At.UtcDateTime.ToString("O"), "--json")).Read(Wire.Default.SettingsView);
        Assert.Equal((before + 1, SettingValue.Of(8000)), (then.Version, then.Values.Find("fleet", "ingress.laneDepth")));
        (await AnnaAsync("at", "yesterday")).Ends(ExitCode.Usage, "yesterday");

        Assert.Matches(@"^ingress.laneDepth +fleet +8000 +7000$", (await AnnaAsync("diff", $"{before + 1}", $"{before + 2}")).Ends(ExitCode.Ok).Line("ingress.laneDepth  fleet"));
        var diff = (await AnnaAsync("diff", $"{before}", "--json")).Read(Wire.Default.SettingsDiff);
        Assert.Equal((before, before + 2), (diff.From, diff.To));
        Assert.Equal(
            [new SettingItem("fleet", "ingress.laneDepth", SettingValue.Of(7000), SettingValue.Of(9000)), new SettingItem("instance:processor-2", "ingress.laneDepth", SettingValue.Of(6000))], diff.Items);
        (await AnnaAsync("diff", $"{before}", $"{before}")).Ends(ExitCode.Ok, "have the same values");

        var back = (await AnnaAsync("rollback", $"{before}", "--why", "worse", "--wait", "30")).Ends(ExitCode.Ok, $"version {before + 3}: ingress.laneDepth: 7000 -> 9000");
        Assert.Matches($"^processor-1 +processors +{before + 3} +{before + 3} +applied .* 9000$", back.Line("processor-1"));
        (await AnnaAsync("diff", $"{before}")).Ends(ExitCode.Ok, $"Versions {before} and {before + 3} have the same values.");
        Assert.Equal(before + 3, (await AnnaAsync("rollback", $"{before}", "--why", "again", "--json")).Read(Wire.Default.SettingsChanged).Version);
        (await AnnaAsync("rollback", "999999", "--why", "x")).Ends(ExitCode.Usage, $"The settings are at version {before + 3}.");

        string[] expected =
        [
            $"version {before + 1}  anna: ingress.laneDepth: 9000 -> 8000  (faster)", $"version {before + 2}  ben: ingress.laneDepth: 8000 -> 7000",
            $"version {before + 3}  anna: ingress.laneDepth: 7000 -> 9000",
        ];
        var lines = Lines(await AnnaAsync("replay", "--from", $"{before}", "--speed", "10000"));
        Assert.Equal(3, lines.Length);
        Assert.All(expected.Zip(lines), pair => Assert.Contains(pair.First, pair.Second));
        Assert.EndsWith($"(worse)  [rollback:{before}]", lines[2]);
        var changes = Lines(await AnnaAsync("replay", "--speed", "0", "--json")).Select(line => JsonSerializer.Deserialize(line, Wire.Default.SettingsChange)!).ToList();
        Assert.Equal(Enumerable.Range(1, (int)before + 3).Select(version => (long)version), changes.Select(change => change.Version));
        Assert.Equal(($"rollback:{before}", "worse", "anna"), (changes[^1].Cause, changes[^1].Why, changes[^1].Who));
    }

    [Fact]
    public async Task Changes_are_shown_as_they_come_each_once_and_in_order_until_Ctrl_C()
    {
        var before = await VersionAsync();
        await using var watch = RunningCommand.Start(running.Config.Options, "carl", "settings", "watch");
        await using var piped = RunningCommand.Start(running.Config.Options, "carl", "settings", "watch", "--json");
        Assert.Equal($"watching from version {before}; Ctrl-C ends it", await watch.NotesAsync());
        await piped.NotesAsync();

        (await AnnaAsync("set", "checkpoint.every=600", "--why", "smaller steps", "--wait", "0")).Ends(ExitCode.Ok);
        Assert.Matches($@"^\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d  version {before + 1}  anna: checkpoint.every: 5000 -> 600  \(smaller steps\)$", await watch.NextAsync());
        var shown = JsonSerializer.Deserialize(await piped.NextAsync(), Wire.Default.SettingsChange)!;
        Assert.Equal((before + 1, "anna", "smaller steps"), (shown.Version, shown.Who, shown.Why));
        Assert.Equal([new SettingItem("fleet", "checkpoint.every", SettingValue.Of(600), SettingValue.Of(5000))], shown.Items);

        (await AnnaAsync("set", "checkpoint.every=600", "--why", "again", "--wait", "0")).Ends(ExitCode.Ok, "Nothing to change"); // and nothing to show
        for (var every = 601; every <= 605; every++) await running.Config.SetAsync("checkpoint.every", every); // several between two looks
        (await BenAsync("rollback", $"{before}", "--why", "large ones", "--wait", "0")).Ends(ExitCode.Ok);
        for (var every = 601; every <= 605; every++)
        {
            Assert.Contains($"  version {before + every - 599}  ops-anna: checkpoint.every: {every - 1} -> {every}  (test)", await watch.NextAsync());
            Assert.Equal(before + every - 599, JsonSerializer.Deserialize(await piped.NextAsync(), Wire.Default.SettingsChange)!.Version);
        }
        Assert.EndsWith($"  version {before + 7}  ben: checkpoint.every: 605 -> 5000  (large ones)  [rollback:{before}]", await watch.NextAsync());
        Assert.Equal($"rollback:{before}", JsonSerializer.Deserialize(await piped.NextAsync(), Wire.Default.SettingsChange)!.Cause);

        foreach (var command in new[] { watch, piped })
        {
            var ended = (await command.InterruptAsync()).Ends(ExitCode.Cancelled);
            Assert.Equal(7, ended.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            Assert.Equal($"watching from version {before}; Ctrl-C ends it\nInterrupted.\n", ended.Noted);
        }
    }

    private static string[] Lines(TypedCommand command) => command.Ends(ExitCode.Ok).Said.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Task<TypedCommand> AnnaAsync(params string[] words) => TypedCommand.RunAsync(running.Config.Options, "anna", ["settings", .. words]);

    private Task<TypedCommand> BenAsync(params string[] words) => TypedCommand.RunAsync(running.Config.Options, "ben", ["settings", .. words]);

    private Task<TypedCommand> CarlAsync(params string[] words) => TypedCommand.RunAsync(running.Config.Options, "carl", ["settings", .. words]);

    private async Task<long> VersionAsync() => (await running.Config.GetAsync("/settings", Wire.Default.SettingsView)).Version;

    /// <summary>Everybody has answered a version, and ConfigService has said how long it took.</summary>
    private async Task SettledAsync(long version)
    {
        for (var i = 0; (await running.Config.GetAsync($"/settings/convergence?after={version - 1}", Wire.Default.SettingsConvergence)).Versions.Count == 0; i++)
        {
            Assert.True(i < 300, $"Version {version} is not settled after 30 s.");
            await Task.Delay(100);
        }
    }
}
