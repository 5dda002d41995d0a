using System.Diagnostics;
using System.Text.Json;
using NpgsqlTypes;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <summary>
/// Partners' messages to the queue player-actions; what the broker has confirmed is accepted. Beside it a bare queue of the same kind. Nobody answers a partner: that an action
/// is committed is known by the announcement on hunt.facts, which a partner can listen to as well.
/// </summary>
public sealed class IntakeDoor : IDoor<AmqpMessage>
{
    /// <summary>The bare queue's; the intake acknowledges each message by itself, for each has a fate of its own.</summary>
    private const int AckEvery = 64;

    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(60), LastAnnouncement = TimeSpan.FromSeconds(10);

    private readonly BenchServers _servers;
    private readonly RunningEngine _engine;
    private readonly int _publishers;
    private readonly AmqpLoad _load;
    private readonly IConnection _listening;
    private readonly BareQueue _bare;

    private IntakeDoor(BenchServers servers, RunningEngine engine, DoorPlan plan, AmqpLoad load, IConnection listening, BareQueue bare)
    {
        (_servers, _engine, _publishers, _load, _listening, _bare) = (servers, engine, plan.Senders, load, listening, bare);
        var prefetch = plan.Prefetch ?? SettingsSchema.Defaults.Intake.Prefetch;
        Words = new DoorWords(
            "intake", "bare queue", "ingress", $"publishers, intake.prefetch {prefetch}", "confirmed",
            "ms from the scheduled time to the announcement of the commit", Findings);
    }

    public DoorWords Words { get; }

    public static async Task<IDoor<AmqpMessage>> OpenAsync(BenchServers servers, RunningEngine engine, DoorPlan plan, CancellationToken cancel)
    {
        var broker = servers.Box.Servers!.RabbitMq;
        var listening = await new ConnectionFactory { Uri = broker, ClientProvidedName = "bench/listener" }.CreateConnectionAsync(cancel);
        return new IntakeDoor(
            servers, engine, plan, await AmqpLoad.ConnectAsync(broker, cancel), listening,
            await BareQueue.OpenAsync(listening, "bench-bare", LaneTopology.CompetingArguments(), AckEvery, cancel));
    }

    public AmqpMessage Request(AcceptedAction action, bool asks) => _engine.Requests.Message(action);

    public DoorReading ReadBare() => DoorReading.OfBroker(_servers);

    public async Task<Answers> BareAsync(AmqpMessage[] messages, CancellationToken cancel)
    {
        var consumed = _bare.ExpectAsync(messages.Length);
        var answers = await _load.ClosedAsync(_bare.Name, messages, _publishers, cancel);
        await Answers.AllAsync("AMQP", [consumed], cancel, Stalled);
        return answers;
    }

    public Task<Answers> ClosedAsync(AmqpMessage[] messages, CancellationToken cancel) => _load.ClosedAsync(HuntBus.IntakeQueue, messages, _publishers, cancel);

    /// <summary>A confirm only says that the message is in the queue before the door; the ingress says what it has taken from there.</summary>
    public async Task OnLanesAsync(int actions, CancellationToken cancel)
    {
        var (most, since) = (0, Stopwatch.GetTimestamp());
        for (int taken; (taken = await _engine.UndecidedAsync(cancel)) < actions; await Task.Delay(20, cancel))
        {
            if (taken > most) (most, since) = (taken, Stopwatch.GetTimestamp());
            if (Stopwatch.GetElapsedTime(since) > Stalled)
                throw new CommandFailed(ExitCode.Failed, $"The ingress has taken {taken} of {actions} messages and none for {Stalled.TotalSeconds:0} s; its log says why.");
        }
    }

    public async Task<DoorWait> OpenAsync(AcceptedAction[] actions, AmqpMessage[] messages, Arrivals arrivals, CancellationToken cancel)
    {
        var storedBefore = await _engine.Database.LastEventAsync(cancel);
        var announced = new Announced();
        await using var listener = await ListenAsync(announced, cancel);
        var before = await DoorReading.OfEngineAsync(_servers, _engine, cancel);
        var answers = await _load.OpenAsync(HuntBus.IntakeQueue, messages, arrivals, cancel);
        _engine.Accepted(actions);
        await _engine.StoredAsync(cancel);
        var after = await DoorReading.OfEngineAsync(_servers, _engine, cancel);
        var stored = await VersionsAsync(storedBefore, cancel);

        var latencies = new double[actions.Length];
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < actions.Length; i++)
        {
            if (!stored.TryGetValue(Conservation.EventIdOf(actions[i]), out var fact))
                throw new CommandFailed(ExitCode.Failed, $"NOT CONSERVED: action {actions[i].Action.ActionId} is not stored, although as many are as were sent.");
            long? at;
            while ((at = announced.At(fact.Hunt, fact.Version)) is null)
            {
                if (clock.Elapsed > LastAnnouncement)
                    throw new CommandFailed(ExitCode.Failed, $"Version {fact.Version} of {fact.Hunt} is stored and was not announced: there is no latency.");
                await Task.Delay(10, cancel);
            }
            latencies[i] = Stopwatch.GetElapsedTime(answers.Due(i), at.Value).TotalMilliseconds;
        }
        return new DoorWait(arrivals.Rate, Of(latencies), answers.Lateness, DoorCost.Between(before, after, answers.Count));
    }

    public async ValueTask DisposeAsync()
    {
        await _bare.DisposeAsync();
        await _load.DisposeAsync();
        await _listening.DisposeAsync();
    }

    /// <summary>Hears what is announced until it is disposed of, as an ingress does.</summary>
    private async Task<IChannel> ListenAsync(Announced announced, CancellationToken cancel)
    {
        var channel = await _listening.CreateChannelAsync(cancellationToken: cancel);
        var queue = await channel.QueueDeclareAsync(queue: "", durable: false, exclusive: true, autoDelete: true, cancellationToken: cancel);
        await channel.QueueBindAsync(queue.QueueName, HuntBus.FactsExchange, routingKey: "", cancellationToken: cancel);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            announced.Hear(Stopwatch.GetTimestamp(), JsonSerializer.Deserialize(delivery.Body.Span, Wire.Default.CommittedFacts)!);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer, cancel);
        return channel;
    }

    /// <summary>What the actions became, by the id of the event.</summary>
    private async Task<Dictionary<Guid, (string Hunt, long Version)>> VersionsAsync(long after, CancellationToken cancel)
    {
        await using var command = _engine.Database.Data.CreateCommand(
            $"select id, stream_id, version from hunts.mt_events where seq_id > $1 and {ArmDatabase.NoTombstone}");
        command.Parameters.AddWithValue(NpgsqlDbType.Bigint, after);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var stored = new Dictionary<Guid, (string, long)>();
        while (await rows.ReadAsync(cancel)) stored[rows.GetGuid(0)] = (FactReader.HuntOf(rows.GetString(1)), rows.GetInt64(2));
        return stored;
    }

    /// <summary>There are no goals for this door: what is wanted is said of the pipeline and of HTTP.</summary>
    private static IReadOnlyList<Finding> Findings(DoorResult result)
    {
        var (middle, quiet) = (result.Waits[0], result.Waits[1]);
        return
        [
            new Finding("", "taken from the queue and on its lane, processors stopped, of a bare queue", "", DoorResult.Share(result.StoppedShare)),
            new Finding("", "the same with the whole pipeline working, until committed", "", DoorResult.Share(result.WorkingShare)),
            new Finding("", $"commit announced, {Number(middle.Rate)}/s ({result.MiddleRate})", "", Shown(middle.Latency)),
            new Finding("", $"commit announced, {Number(quiet.Rate)}/s", "", Shown(quiet.Latency)),
        ];
    }
}
