using System.Diagnostics;
using System.Text.Json;
using RabbitMQ.Client;
using Serilog.Events;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration.Settings;

public sealed class SettingsReachEveryProcess(RunningConfigService running) : IClassFixture<RunningConfigService>
{
    private readonly ConfigServiceProcess _config = running.Process;

    [Fact]
    public async Task A_change_reaches_every_process_and_each_answers_with_what_it_works_by()
    {
        await using var plain = await SettingsMember.StartAsync(Options("plain"));
        await using var governed = await SettingsMember.StartAsync(Options("governed"), (_, _) =>
            Task.FromResult<IReadOnlyDictionary<string, SettingValue>>(new Dictionary<string, SettingValue> { ["lane.batchCap"] = SettingValue.Of(48) }));
        using (var answer = await _config.SendAsync(HttpMethod.Patch, "/settings", """{"changes":{"lane.batchCap":50,"log.level":"debug"},"why":"test"}"""))
            answer.EnsureSuccessStatusCode();
        var version = (await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version;

        await plain.AtVersionAsync(version);
        await governed.AtVersionAsync(version);
        Assert.Equal(50, plain.Live.Current.Lane.BatchCap);
        await Eventually.Async(() => plain.Level.MinimumLevel == LogEventLevel.Debug, "log level debug");
        var receipts = await ReceiptsAsync(version, "config-1", "plain", "governed");
        Assert.All(receipts.Values, receipt => Assert.Equal((ReceiptStatus.Applied, version), (receipt.Status, receipt.InForce)));
        Assert.Equal(["config", "processors", "processors"], receipts.Values.Select(receipt => receipt.Service));
        Assert.Equal(SettingValue.Of(50), receipts["plain"].Effective["lane.batchCap"]);
        Assert.Equal(SettingValue.Of(48), receipts["governed"].Effective["lane.batchCap"]);
        var why = await _config.GetAsync("/settings/why?key=lane.batchCap&instance=plain", Wire.Default.SettingWhy);
        Assert.Equal(new SettingsSubject("processors", "plain"), why.Subject); // who has answered is known by name
    }

    [Fact]
    public async Task How_long_a_change_took_everybody_is_a_stored_fact_and_so_is_what_each_answered()
    {
        await using var first = await SettingsMember.StartAsync(Options("punctual"));
        await using var slow = await SettingsMember.StartAsync(Options("slow"), async (_, cancel) =>
        {
            await Task.Delay(300, cancel);
            return new Dictionary<string, SettingValue>();
        });
        await using var drifting = await SettingsMember.StartAsync(Options("drifting"), (_, _) =>
            Task.FromResult<IReadOnlyDictionary<string, SettingValue>>(new Dictionary<string, SettingValue> { ["lane.pace"] = SettingValue.Of(9) }));
        await using var refusing = await SettingsMember.StartAsync(Options("refusing"), (snapshot, _) => snapshot.Lane.Pace.TotalMilliseconds == 7
            ? throw new InvalidOperationException("not seven")
            : Task.FromResult<IReadOnlyDictionary<string, SettingValue>>(new Dictionary<string, SettingValue>()));
        string[] all = ["punctual", "slow", "drifting", "refusing"];
        await ReceiptsAsync((await _config.GetAsync("/settings", Wire.Default.SettingsView)).Version, all); // everybody is there
        var version = await _config.SetAsync("lane.pace", 7);

        SettingsConverged? converged = null;
        for (var i = 0; i < 200 && converged is null; i++)
        {
            await Task.Delay(100);
            converged = (await _config.GetAsync($"/settings/convergence?after={version - 1}", Wire.Default.SettingsConvergence)).Versions.FirstOrDefault();
        }
        Assert.NotNull(converged);
        Assert.Equal((version, "slow"), (converged.Version, converged.Slowest));
        Assert.Equal(["refusing"], converged.Refused);
        Assert.True(converged.ElapsedMs >= 300, $"{converged.ElapsedMs} ms");
        Assert.True(converged.Applied >= 3);

        var fleet = await _config.GetAsync("/settings/fleet", Wire.Default.FleetView);
        var standings = fleet.Instances.Where(instance => all.Contains(instance.Receipt.Instance)).ToDictionary(instance => instance.Receipt.Instance);
        Assert.Equal((Standing.InStep, Standing.InStep, Standing.Drifting, Standing.Refused),
            (standings["punctual"].Standing, standings["slow"].Standing, standings["drifting"].Standing, standings["refusing"].Standing));
        Assert.Equal([new SettingDrift("lane.pace", SettingValue.Of(7), SettingValue.Of(9))], standings["drifting"].Drift);
        Assert.Contains("not seven", standings["refusing"].Receipt.Reason);
        await Eventually.Async(() => _config.Output.Contains("drifting is Drifting", StringComparison.Ordinal) && _config.Output.Contains("refusing is Refused", StringComparison.Ordinal), "the alerts");

        await using var data = _config.Options.DataSource("test", 2, null);
        await using var store = SettingsStore.Open(data);
        await using var session = store.QuerySession();
        var answered = (await session.Events.FetchStreamAsync(SettingsReceipt.StreamOf("refusing"))).Select(stored => (SettingsReceipt)stored.Data).ToList();
        Assert.Contains(answered, receipt => receipt.Version == version && receipt.Status == ReceiptStatus.Refused);
        await _config.SetAsync("lane.pace", 5); // who refused and who drifts is back in step
        await ReceiptsAsync(version + 1, all);
    }

    [Fact]
    public async Task What_was_said_while_a_process_could_not_hear_is_fetched_when_it_hears_again()
    {
        await using var network = new CutProxy(_config.Options.RabbitMq);
        await using var web = new CutProxy(_config.Options.ConfigService!);
        await using var member = await SettingsMember.StartAsync(Options("deaf") with { RabbitMq = network.Address, ConfigService = web.Address });
        await member.AtVersionAsync(await _config.SetAsync("lane.window", 10));
        var swapped = new List<long>();
        member.Live.Changed += snapshot => { lock (swapped) swapped.Add(snapshot.Version); };

        network.Cut();
        web.Cut();
        await _config.SetAsync("lane.window", 11);
        await _config.SetAsync("lane.window", 12);
        var last = await _config.SetAsync("lane.window", 13);
        await Task.Delay(300);
        Assert.Equal(10, member.Live.Current.Lane.Window);
        network.Mend();
        web.Mend();

        await member.AtVersionAsync(last);
        Assert.Equal(13, member.Live.Current.Lane.Window);
        lock (swapped) Assert.Equal([last - 2, last - 1, last], swapped);
    }

    [Fact]
    public async Task Messages_that_are_repeated_or_come_out_of_order_change_nothing()
    {
        await using var member = await SettingsMember.StartAsync(Options("patient"));
        var first = await _config.SetAsync("lane.prefetch", 121);
        for (var n = 122; n < 130; n++) await _config.SetAsync("lane.prefetch", n);
        await member.AtVersionAsync(first + 8);
        var swaps = 0;
        member.Live.Changed += _ => Interlocked.Increment(ref swaps);

        var known = await _config.GetAsync($"/settings/changes?after={first - 1}", Wire.Default.SettingsMessageArray);
        await SayAsync([.. known.Reverse(), .. known, .. known.Where((_, i) => i % 2 == 0), known[0] with { Hash = "0000" }]);
        var last = await _config.SetAsync("lane.prefetch", 130);
        await member.AtVersionAsync(last);
        Assert.Equal(1, swaps);
        Assert.Equal(130, member.Live.Current.Lane.Prefetch);
    }

    [Fact]
    public async Task With_ConfigService_killed_processes_go_on_new_ones_start_and_its_return_is_noticed()
    {
        var options = Options("survivor");
        await using var member = await SettingsMember.StartAsync(options);
        var version = await _config.SetAsync("checkpoint.every", 777);
        await member.AtVersionAsync(version);
        await Eventually.Async(() => File.Exists(member.File) && File.ReadAllText(member.File).Contains($"\"version\": {version}"), "the file");
        await _config.KillAsync();
        try
        {
            await Task.Delay(500);
            Assert.Equal((version, 777), (member.Live.Current.Version, member.Live.Current.Checkpoint.Every));
            Assert.True(member.Status.Staleness > TimeSpan.FromMilliseconds(400));

            await member.DisposeAsync();
            await using var again = await SettingsMember.StartAsync(options); // its file is all there is
            Assert.Equal((version, 777), (again.Live.Current.Version, again.Live.Current.Checkpoint.Every));
            await _config.StartAsync();
            await again.AtVersionAsync(await _config.SetAsync("checkpoint.every", 778));
        }
        finally
        {
            await _config.StartAsync();
        }
    }

    [Fact]
    public async Task A_process_starts_and_works_with_neither_broker_nor_ConfigService()
    {
        await using var network = new CutProxy(_config.Options.RabbitMq);
        network.Cut();
        var options = Options("alone") with { RabbitMq = network.Address, ConfigService = new Uri("http://127.0.0.1:9") };
        var clock = Stopwatch.StartNew();
        await using var member = await SettingsMember.StartAsync(options);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(SettingsSchema.Defaults, member.Live.Current);

        network.Mend();
        await _config.SetAsync("intake.prefetch", 99);
        var latest = await _config.SetAsync("intake.prefetch", 98);
        await member.AtVersionAsync(latest); // a gap that nobody can fill is passed over by a beacon, which is whole
        Assert.Equal(98, member.Live.Current.Intake.Prefetch);
        await Eventually.Async(() => member.Status.Staleness < TimeSpan.FromMilliseconds(500), "a beacon");
    }

    [Fact]
    public async Task A_file_that_was_cut_off_is_ignored_with_a_warning_and_made_good()
    {
        var options = Options("torn");
        var version = await _config.SetAsync("lane.concurrency", 3);
        await using (var member = await SettingsMember.StartAsync(options))
        {
            await member.AtVersionAsync(version);
            await Eventually.Async(() => File.Exists(member.File), "the file");
        }
        var path = Directory.GetFiles(options.DataDir, "settings.*.json").Single();
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path))[..100]);

        await using var again = await SettingsMember.StartAsync(options);
        Assert.Contains(path, Assert.Single(again.Log.Warnings, warning => warning.Contains("ignored")));
        await again.AtVersionAsync(version);
        await Eventually.Async(() => File.ReadAllText(path).Contains($"\"version\": {version}"), "the file");
    }

    [Fact]
    public async Task A_value_this_release_does_not_accept_is_refused_with_a_receipt_and_the_true_history_wins()
    {
        await using var member = await SettingsMember.StartAsync(Options("careful"));
        var version = await _config.SetAsync("lane.batchCap", 40);
        await member.AtVersionAsync(version);
        var held = Assert.Single(await _config.GetAsync($"/settings/changes?after={version - 1}", Wire.Default.SettingsMessageArray));
        var change = new SettingsChange(version + 1, DateTimeOffset.UnixEpoch, "newer", "another release",
            [new SettingItem("fleet", "lane.batchCap", SettingValue.Of(1_000_000), SettingValue.Of(40)), new SettingItem("fleet", "lane.window", SettingValue.Of(7))]);
        await using var receipts = await HeardReceipts.StartAsync(_config.Options.RabbitMq);
        await SayAsync(SettingsState.Evolve(new SettingsState(version, held.Values), change).Announce(change));

        var refused = await receipts.OfAsync("careful", version + 1);
        Assert.Equal((ReceiptStatus.Refused, version), (refused.Status, refused.InForce));
        Assert.Contains("lane.batchCap must be a whole number from 1 to 4096 actions", refused.Reason);
        Assert.Equal(40, member.Live.Current.Lane.BatchCap);

        Assert.Equal(version + 1, await _config.SetAsync("lane.batchCap", 41));
        await Eventually.Async(() => member.Live.Current is { Lane.BatchCap: 41 } current && current.Version == version + 1, "the true version");
    }

    [Fact]
    public async Task A_change_committed_by_one_who_died_before_announcing_it_is_announced_all_the_same()
    {
        await using var member = await SettingsMember.StartAsync(Options("late"));
        await using var data = _config.Options.DataSource("test", 2, null);
        await using var store = SettingsStore.Open(data);
        var ask = new ChangeSettings(new Dictionary<string, SettingValue?> { ["ingress.rateBurst"] = SettingValue.Of(432) }, "unannounced");
        await new SettingsLog(store).DecideAsync(situation => SettingsDecider.Decide(situation, ask, new FleetFacts([], 8, 300), null, "ops", DateTimeOffset.UnixEpoch, approval: false), default);
        await Eventually.Async(() => member.Live.Current.Ingress.RateBurst == 432, "the change");
    }

    [Fact]
    public async Task A_hundred_changes_one_after_the_other_arrive_all_in_few_announcements()
    {
        await using var member = await SettingsMember.StartAsync(Options("quick"));
        await member.AtVersionAsync(await _config.SetAsync("ingress.laneDepth", 1000));
        var swapped = new List<long>();
        member.Live.Changed += snapshot => { lock (swapped) swapped.Add(snapshot.Version); };
        long last = 0;
        var clock = Stopwatch.StartNew();
        for (var n = 1; n <= 100; n++) last = await _config.SetAsync("ingress.laneDepth", 1000 + n);
        await member.AtVersionAsync(last);
        var mostAnnouncements = clock.Elapsed / SettingsPublisher.AtMostEvery + 2; // the first at once, the last at the end
        lock (swapped)
        {
            Assert.Equal(swapped.Order().Distinct(), swapped); // in order; those announced together are swapped in as one
            Assert.InRange(swapped.Count, 1, mostAnnouncements);
        }
        Assert.Equal(1100, member.Live.Current.Ingress.LaneDepth);
    }

    private HuntOptions Options(string instance) =>
        _config.Options with { Instance = instance, DataDir = Directory.CreateTempSubdirectory("hunt-test-").FullName };

    /// <summary>The receipts of these instances, in their order of service and name, once all answered the version.</summary>
    private async Task<Dictionary<string, SettingsReceipt>> ReceiptsAsync(long version, params string[] instances)
    {
        for (var i = 0; i < 200; i++)
        {
            var fleet = await _config.GetAsync("/settings/receipts", Wire.Default.FleetReceipts);
            var found = fleet.Receipts.Where(receipt => instances.Contains(receipt.Instance) && receipt.Version == version).ToDictionary(receipt => receipt.Instance);
            if (found.Count == instances.Length) return found;
            await Task.Delay(100);
        }
        Assert.Fail($"Not all of {string.Join(", ", instances)} answered version {version} within 20 s. ConfigService said:\n{_config.Output}");
        return [];
    }

    /// <summary>Puts messages on the exchange as they are.</summary>
    private async Task SayAsync(params SettingsMessage[] messages)
    {
        await using var connection = await new ConnectionFactory { Uri = _config.Options.RabbitMq }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        foreach (var message in messages)
            await channel.BasicPublishAsync(SettingsMessage.Exchange, "", mandatory: true, new BasicProperties { ContentType = "application/json" },
                JsonSerializer.SerializeToUtf8Bytes(message, Wire.Default.SettingsMessage));
    }
}
