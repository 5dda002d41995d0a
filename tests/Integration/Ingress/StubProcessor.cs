using Microsoft.Extensions.Logging.Abstractions;
using System.Collections.Concurrent;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>Takes the lanes' envelopes off the broker, keeps them, and answers what the test says. Decides nothing.</summary>
internal sealed class StubProcessor : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private StubProcessor(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    public ConcurrentQueue<Envelope> Envelopes { get; } = new();
    public IEnumerable<AcceptedAction> Actions => Envelopes.SelectMany(e => e.Actions);

    /// <summary>Null: this action gets no answer.</summary>
    public Func<AcceptedAction, Outcome?> Answer { get; set; } = Applied;

    public static Outcome Applied(AcceptedAction action) => Outcome.Of(action.Hunt, 7, new HuntOpened { Stamp = StampOf(action) });

    public static Outcome Refused(AcceptedAction action) => Outcome.Of(action.Hunt, 8,
        new ActionRefused(action.Action.Kind, RefusalCode.TooManyAttempts, "red", "clock", Until: action.AcceptedAt.AddMinutes(1)) { Stamp = StampOf(action) });

    public static Outcome Conflict(AcceptedAction action) => new(action.Action.ActionId, action.Hunt, action.Actor, OutcomeStatus.Conflict, 0);

    public static Stamp StampOf(AcceptedAction action) =>
        new(action.AcceptedAt, action.Action.ActionId, action.Actor, action.Fingerprint, 1, 1, "ingress", "stub");

    public static async Task<StubProcessor> StartAsync(HuntOptions options)
    {
        await LaneTopology.DeclareAsync(options, NullLogger.Instance, default);
        var connection = await new ConnectionFactory { Uri = options.RabbitMq }.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        var stub = new StubProcessor(connection, channel);
        await channel.BasicQosAsync(0, 64, global: false);
        for (var lane = 0; lane < options.Lanes; lane++)
        {
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += stub.ReceivedAsync;
            await channel.BasicConsumeAsync(Envelope.QueueOf(lane), autoAck: false, consumer);
        }
        return stub;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task ReceivedAsync(object sender, BasicDeliverEventArgs delivery)
    {
        var envelope = JsonSerializer.Deserialize(delivery.Body.Span, Wire.Default.Envelope)!;
        Envelopes.Enqueue(envelope);
        var outcomes = envelope.Actions.Select(Answer).ToList();
        if (envelope.ReplyTo is { } replyTo && outcomes.All(o => o is not null))
        {
            var asked = outcomes.Where((_, i) => envelope.Asks(i)).ToList();
            var answer = new CommittedOutcomes(envelope.Ingress, [new EnvelopeOutcomes(envelope.Lane, envelope.Sequence, asked!)]);
            var properties = new BasicProperties { ContentType = "application/json" };
            await _channel.BasicPublishAsync(LaneTopology.OutcomesExchange, replyTo, mandatory: false, properties,
                JsonSerializer.SerializeToUtf8Bytes(answer, Wire.Default.CommittedOutcomes));
        }
        await _channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
    }
}
