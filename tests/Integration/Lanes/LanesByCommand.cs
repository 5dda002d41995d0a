using Microsoft.Extensions.Logging.Abstractions;
using System.Text.Json;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.Tests.Integration.Settings;

namespace TreasureHunt.Tests.Integration.Lanes;

/// <summary>./hunt lanes as operators type it, with a real ConfigService that hears what two processors would say.</summary>
public sealed class LanesByCommand : IAsyncLifetime
{
    private const int Lanes = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Servers _servers = new();
    private readonly CancellationTokenSource _ending = new();
    private ConfigServiceProcess _config = null!;
    private IConnection _broker = null!;
    private volatile LaneReport[] _reports = [];
    private Task _reporting = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        await _servers.InitializeAsync();
        var options = _servers.Options("config-1", Lanes);
        await LaneTopology.DeclareAsync(options, NullLogger.Instance, default);
        _config = await ConfigServiceProcess.StartAsync(options);
        _broker = await new ConnectionFactory { Uri = options.RabbitMq }.CreateConnectionAsync();
        _reporting = ReportAsync(_ending.Token);
    }

    public async Task DisposeAsync()
    {
        await _ending.CancelAsync();
        await _reporting;
        if (_broker is not null) await _broker.DisposeAsync();
        if (_config is not null) await _config.DisposeAsync();
        await _servers.DisposeAsync();
        _ending.Dispose();
    }

    [Fact]
    public async Task Who_works_what_and_how_much_and_what_is_hot_is_a_table_and_with_json_what_the_contract_says()
    {
        (await LanesAsync()).Ends(ExitCode.Ok, "No processor has reported.");
        (await TypedCommand.RunAsync(_config.Options, "anna", "settings", "set", "lane.balance=false", "lane.plan=processor-1:0,1 processor-2:2,3", "--why", "by hand", "--wait", "0")).Ends(ExitCode.Ok);
        await WaitOnAsync(lane: 3, envelopes: 7);
        _reports =
        [
            new("processor-1", 1, LaneStage.Working, 1, [Works(0, 20, inHand: 2), Works(1, 10), StandsBy(2), StandsBy(3)]),
            new("processor-2", 3, LaneStage.Starting, 0, [StandsBy(0), Works(1, 0, inHand: 1), StandsBy(2), Works(3, 170, inHand: 16)]),
        ];
        var view = await UntilAsync(view => view.Processors.Count == 2 && view.Lanes[3] is { Hot: true, Waiting: 7 });
        Assert.Equal((1, false, "processor-1:0,1 processor-2:2,3", false), (view.Version, view.Balanced, view.Plan, view.InStep));
        Assert.Equal(["processor-1", "processor-2"], view.Lanes[1].Owners);
        Assert.Equal([false, false, false, true], view.Lanes.Select(lane => lane.Hot));
        Assert.Equal([("processor-1", 1, LaneStage.Working, 2), ("processor-2", 3, LaneStage.Starting, 2)], view.Processors.Select(one => (one.Instance, one.Weight, one.Stage, one.Active)));

        var table = (await LanesAsync()).Ends(ExitCode.Ok, " UTC, settings version 1; lane.balance = false, lane.plan = processor-1:0,1 processor-2:2,3");
        Assert.Matches(@"^0 +processor-1 +processor-1 +0 +2 +20\.0 +10 %$", table.Line("0 "));
        Assert.Matches(@"^1 +processor-1 +processor-1 \+ processor-2 +0 +1 +10\.0 +5 % +moving$", table.Line("1 "));
        Assert.Matches(@"^2 +processor-2 +idle +0 +0 +0\.0 +0 %$", table.Line("2 "));
        Assert.Matches(@"^3 +processor-2 +processor-2 +7 +16 +170\.0 +85 % +HOT$", table.Line("3 "));
        Assert.Matches(@"^processor-1 +1 +2 +2 +30\.0 +1 +working$", table.Line("processor-1 "));
        Assert.Matches(@"^processor-2 +3 +2 +2 +170\.0 +0 +starting$", table.Line("processor-2 "));
        table.Ends(ExitCode.Ok, "Lanes are moving, or their planned owner is not there.");

        _reports =
        [
            new("processor-1", 1, LaneStage.Working, 1, [Works(0, 20), Works(1, 20), StandsBy(2), StandsBy(3)]),
            new("processor-2", 3, LaneStage.Working, 1, [StandsBy(0), StandsBy(1), Works(2, 20), Works(3, 20)]),
        ];
        await UntilAsync(view => view is { InStep: true } && view.Lanes.All(lane => lane is { Hot: false, Owners.Count: 1 }));
        table = (await LanesAsync()).Ends(ExitCode.Ok, "Every lane that is worked is worked by its planned owner.");
        Assert.Matches(@"^3 +processor-2 +processor-2 +7 +0 +20\.0 +25 %$", table.Line("3 "));

        _reports = [];
        await UntilAsync(view => view.Processors.Count == 0); // who says nothing is gone
        (await LanesAsync()).Ends(ExitCode.Ok, "No processor has reported.");
    }

    [Fact]
    public async Task What_changes_is_shown_while_it_is_watched_until_Ctrl_C()
    {
        (await TypedCommand.RunAsync(_config.Options, "anna", "settings", "set", "lane.balance=false", "lane.plan=processor-1:0,1 processor-2:2,3", "--why", "by hand", "--wait", "0")).Ends(ExitCode.Ok);
        await using var watch = RunningCommand.Start(_config.Options, "anna", "lanes", "--watch");
        await using var piped = RunningCommand.Start(_config.Options, "anna", "lanes", "--watch", "--json");
        await watch.SaysAsync(line => line == "No processor has reported.");
        Assert.Empty(Read(await piped.NextAsync()).Processors);

        _reports = [new("processor-1", 1, LaneStage.Working, 1, [Works(0, 20), Works(1, 20), Works(2, 20), Works(3, 20)])];
        await watch.SaysAsync(line => Regex.IsMatch(line, @"^3 +processor-2 +processor-1 +0 +0 +20\.0 +25 % +moving$"));
        await watch.SaysAsync(line => line == "Lanes are moving, or their planned owner is not there.");
        await piped.SaysAsync(line => Read(line) is { InStep: false, Processors.Count: 1 } view && view.Lanes.All(lane => lane.Owners is ["processor-1"]));

        await WaitOnAsync(lane: 3, envelopes: 7);
        _reports =
        [
            new("processor-1", 1, LaneStage.Working, 1, [Works(0, 20), Works(1, 10), StandsBy(2), StandsBy(3)]),
            new("processor-2", 3, LaneStage.Working, 1, [StandsBy(0), StandsBy(1), Works(2, 0), Works(3, 170, inHand: 16)]),
        ];
        await watch.SaysAsync(line => Regex.IsMatch(line, @"^3 +processor-2 +processor-2 +7 +16 +170\.0 +85 % +HOT$"));
        await piped.SaysAsync(line => Read(line) is { InStep: true, Processors.Count: 2 } view && view.Lanes[3] is { Hot: true, Owners: ["processor-2"] });
        for (var again = 0; again < 2; again++) await watch.SaysAsync(line => line == "Every lane that is worked is worked by its planned owner."); // also where nothing changes

        var ended = (await watch.InterruptAsync()).Ends(ExitCode.Cancelled);
        Assert.Equal("Interrupted.\n", ended.Noted);
        Assert.EndsWith("Every lane that is worked is worked by its planned owner.\n", ended.Said); // whole to the end
        ended = (await piped.InterruptAsync()).Ends(ExitCode.Cancelled);
        Assert.Equal("Interrupted.\n", ended.Noted);
        Assert.All(ended.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal(Lanes, Read(line).Lanes.Count));
    }

    [Fact]
    public async Task What_is_typed_wrong_or_cannot_be_asked_is_said()
    {
        (await LanesAsync("--wach")).Ends(ExitCode.Usage, "--wach", "./hunt lanes --help");
        await using var watch = RunningCommand.Start(_config.Options, "anna", "lanes", "--watch");
        await watch.SaysAsync(line => line == "No processor has reported.");
        await _config.KillAsync();
        Assert.Empty((await LanesAsync()).Ends(ExitCode.NotProvisioned, "does not answer", "./hunt doctor").Said);
        (await watch.EndsAsync()).Ends(ExitCode.NotProvisioned, "does not answer", "./hunt doctor"); // nobody has to press Ctrl-C
    }

    private Task<TypedCommand> LanesAsync(params string[] words) => TypedCommand.RunAsync(_config.Options, "anna", ["lanes", .. words]);

    private static LanesView Read(string line) => JsonSerializer.Deserialize(line, Wire.Default.LanesView)!;

    private static LaneState Works(int lane, double perSecond, int inHand = 0) => new(lane, Subscribed: true, Active: true, Committed: 1_000, perSecond, inHand);

    private static LaneState StandsBy(int lane) => new(lane, Subscribed: true, Active: false, Committed: 0, PerSecond: 0, InHand: 0);

    /// <summary>As --json shows them.</summary>
    private async Task<LanesView> UntilAsync(Func<LanesView, bool> condition)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var asked = await LanesAsync("--json");
            var view = asked.Read(Wire.Default.LanesView);
            if (condition(view)) return view;
            Assert.True(clock.Elapsed < Limit, $"After {Limit}: {asked}");
        }
    }

    private async Task WaitOnAsync(int lane, int envelopes)
    {
        await using var channel = await _broker.CreateChannelAsync(new CreateChannelOptions(true, true));
        for (var n = 0; n < envelopes; n++) await channel.BasicPublishAsync("", Envelope.QueueOf(lane), mandatory: true, new BasicProperties(), "{}"u8.ToArray());
    }

    /// <summary>As processors do it, once a second and more often.</summary>
    private async Task ReportAsync(CancellationToken ending)
    {
        await using var channel = await _broker.CreateChannelAsync(new CreateChannelOptions(true, true), CancellationToken.None);
        await channel.ExchangeDeclareAsync(LaneReport.Exchange, ExchangeType.Fanout, durable: true, cancellationToken: CancellationToken.None);
        while (!ending.IsCancellationRequested)
        {
            foreach (var report in _reports)
                await channel.BasicPublishAsync(LaneReport.Exchange, "", mandatory: false, new BasicProperties { ContentType = "application/json" },
                    JsonSerializer.SerializeToUtf8Bytes(report, Wire.Default.LaneReport), CancellationToken.None);
            await Task.Delay(LaneReport.Every / 4, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
