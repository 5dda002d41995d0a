using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using RabbitMQ.Client;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.ServiceDefaults.Bus;

/// <summary>
/// The queues that both sides of the lanes rely on. Whoever starts first declares them, with the same arguments, so that
/// nothing sent early can vanish.
/// </summary>
public static class LaneTopology
{
    /// <summary>Hard stop for a lane: further publishes are refused by the broker. Ingress stops long before.</summary>
    public const int MaxEnvelopesPerLane = 1_000_000;

    /// <summary>Durable queue of messages the intake could not accept; processors move them to the parked table.</summary>
    public const string ParkedIntakeQueue = "parked-intake";

    /// <summary>
    /// Durable direct exchange of CommittedOutcomes; the routing key is Envelope.ReplyTo. Each ingress binds an exclusive
    /// queue of its own; outcomes for an ingress that is gone are dropped by the broker (status by id answers instead).
    /// </summary>
    public const string OutcomesExchange = "hunt.outcomes";

    /// <summary>
    /// Arguments of every lane queue. Each close of a channel counts as one return of all its messages, so the delivery
    /// limit is out of reach: attempts per action are counted by us.
    /// </summary>
    public static Dictionary<string, object?> LaneArguments() => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-single-active-consumer"] = true,
        ["x-max-length"] = MaxEnvelopesPerLane,
        ["x-overflow"] = "reject-publish",
        ["x-delivery-limit"] = int.MaxValue,
    };

    /// <summary>Arguments of queues with competing consumers (player-actions, parked-intake).</summary>
    public static Dictionary<string, object?> CompetingArguments() => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = int.MaxValue,
    };

    /// <summary>
    /// Waits until the broker does it, whatever keeps it, and says what: a death while it is away, or while somebody mends a user or a queue, would be held against the
    /// settings (CrashGuard).
    /// </summary>
    public static Task DeclareAsync(HuntOptions options, ILogger log, CancellationToken cancel)
    {
        var untilDone = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is not null && !args.Context.CancellationToken.IsCancellationRequested), // the client cancels what is not answered
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(5),
                BackoffType = DelayBackoffType.Exponential,
                OnRetry = retry =>
                {
                    log.LogWarning("The lanes could not be declared yet, try {Try}: {Error}", retry.AttemptNumber + 1, retry.Outcome.Exception!.GetBaseException().Message);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
        return untilDone.ExecuteAsync(async token => await DeclareOnceAsync(options, token).WaitAsync(token), cancel).AsTask();
    }

    private static async Task DeclareOnceAsync(HuntOptions options, CancellationToken cancel)
    {
        var factory = new ConnectionFactory
        {
            Uri = options.RabbitMq,
            ClientProvidedName = $"{options.Instance}/topology",
            AutomaticRecoveryEnabled = false,
        };
        await using var connection = await factory.CreateConnectionAsync(cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        for (var lane = 0; lane < options.Lanes; lane++)
            await DeclareAsync(channel, Envelope.QueueOf(lane), LaneArguments(), cancel);
        await DeclareAsync(channel, HuntBus.IntakeQueue, CompetingArguments(), cancel);
        await DeclareAsync(channel, ParkedIntakeQueue, CompetingArguments(), cancel);
        await channel.ExchangeDeclareAsync(OutcomesExchange, ExchangeType.Direct, durable: true, cancellationToken: cancel);
        await channel.ExchangeDeclareAsync(HuntBus.FactsExchange, ExchangeType.Fanout, durable: true, cancellationToken: cancel);
    }

    private static async Task DeclareAsync(IChannel channel, string queue, Dictionary<string, object?> arguments, CancellationToken cancel)
    {
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancel);
        await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true, cancellationToken: cancel);
        await channel.QueueBindAsync(queue, queue, routingKey: "", cancellationToken: cancel);
    }
}
