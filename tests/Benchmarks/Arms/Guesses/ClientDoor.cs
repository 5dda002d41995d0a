using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>By the broker's own client: persistent, mandatory, one tracked confirm each, answers on a channel of their own.</summary>
public sealed class ClientDoor : IGuessDoor
{
    private static readonly BasicProperties Persistent = new() { Persistent = true, ContentType = "application/json" };

    private readonly IConnection _connection;
    private readonly IChannel _guesses;

    private ClientDoor(IConnection connection, IChannel guesses) => (_connection, _guesses) = (connection, guesses);

    public static async Task<IGuessDoor> OpenAsync(HuntOptions options, Action<Guid> judged, CancellationToken cancel)
    {
        var factory = new ConnectionFactory { Uri = options.RabbitMq, ClientProvidedName = $"{options.Instance}/sender" };
        var connection = await factory.CreateConnectionAsync(cancel);
        var answers = await connection.CreateChannelAsync(cancellationToken: cancel);
        await answers.QueueDeclareAsync(GuessBus.Judged, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancel);
        var consumer = new AsyncEventingBasicConsumer(answers);
        consumer.ReceivedAsync += (_, answer) =>
        {
            judged(JsonSerializer.Deserialize(answer.Body.Span, GuessWire.Default.GuessJudged)!.ActionId);
            return Task.CompletedTask;
        };
        await answers.BasicConsumeAsync(GuessBus.Judged, autoAck: true, consumer, cancel);
        return new ClientDoor(connection, await connection.CreateChannelAsync(Confirming, cancel));
    }

    /// <summary>The client's own limit of 128 unconfirmed messages is off: the senders are the limit.</summary>
    public static CreateChannelOptions Confirming { get; } =
        new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);

    public async Task SendAsync(JudgeGuess guess) => await _guesses.BasicPublishAsync(
        exchange: "", GuessBus.Guesses, mandatory: true, Persistent, JsonSerializer.SerializeToUtf8Bytes(guess, GuessWire.Default.JudgeGuess));

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
