using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.ByHand;

/// <summary>
/// What a good engineer writes in a day: the broker's client and plain SQL, no bus library and no event store's session. One message, one statement, one
/// acknowledgement; several at once. A message that breaks it goes to the error queue.
/// </summary>
public sealed class ByHandConsumer(HuntOptions options, ByHandTuning tuning, GuessJudge judge, TeamLog log, GuessTotals totals, ILogger<ByHandConsumer> logger)
    : IHostedService
{
    /// <summary>Conflicts in a row; more end in the error queue and fail the run.</summary>
    private const int MaxRetries = 100;

    private static readonly BasicProperties NotPersistent = new() { ContentType = "application/json" };

    private IConnection? _connection;

    public async Task StartAsync(CancellationToken cancel)
    {
        var factory = new ConnectionFactory { Uri = options.RabbitMq, ClientProvidedName = $"{options.Instance}/guesses" };
        _connection = await factory.CreateConnectionAsync(cancel);
        var channel = await _connection.CreateChannelAsync(
            new CreateChannelOptions(false, false, consumerDispatchConcurrency: (ushort)tuning.Concurrency), cancel);
        await channel.QueueDeclareAsync(GuessBus.Errors, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancel);
        var arguments = new Dictionary<string, object?>
        {
            ["x-queue-type"] = tuning.Queue == QueueKind.Quorum ? "quorum" : "classic",
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = GuessBus.Errors,
        };
        await channel.QueueDeclareAsync(GuessBus.Guesses, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancel);
        await channel.BasicQosAsync(0, (ushort)tuning.Prefetch, global: false, cancel);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) => ConsumeAsync(channel, delivery);
        await channel.BasicConsumeAsync(GuessBus.Guesses, autoAck: false, consumer, cancel);
    }

    public async Task StopAsync(CancellationToken cancel)
    {
        if (_connection is { } connection) await connection.DisposeAsync();
    }

    private async Task ConsumeAsync(IChannel channel, BasicDeliverEventArgs delivery)
    {
        try
        {
            var message = JsonSerializer.Deserialize(delivery.Body.Span, GuessWire.Default.JudgeGuess)!;
            await StoreAsync(await judge.OpenAsync(message.Action));
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
            if (message.Answer) await AnswerAsync(channel, message.Action.Action.ActionId);
        }
        catch (Exception e)
        {
            logger.LogError(e, "A guess was given up.");
            if (channel.IsOpen) await channel.BasicRejectAsync(delivery.DeliveryTag, requeue: false);
        }
    }

    private async Task StoreAsync(OpenGuess guess)
    {
        var stream = guess.StreamKey(StreamPer.Treasure);
        for (var retries = 0; retries <= MaxRetries; retries++)
        {
            if (retries > 0) totals.Retried();
            try
            {
                if (!await log.AppendAsync(stream, await log.OfAsync(stream), guess)) continue;
                totals.Committed(1);
            }
            catch (Exception e) when (GuessStore.IsStoredAlready(e))
            {
                // Delivered again after its commit: it is stored, that is what was asked.
            }
            return;
        }
        throw new InvalidOperationException($"Stream {stream} had moved on {MaxRetries} times in a row.");
    }

    private static async Task AnswerAsync(IChannel channel, Guid actionId) => await channel.BasicPublishAsync(
        exchange: "", GuessBus.Judged, mandatory: false, NotPersistent, JsonSerializer.SerializeToUtf8Bytes(new GuessJudged(actionId), GuessWire.Default.GuessJudged));
}
