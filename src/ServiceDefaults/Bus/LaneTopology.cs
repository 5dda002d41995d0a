using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
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

    /// <summary>Waits as long as the broker does not answer: a death while it is away would be held against the settings (CrashGuard).</summary>
    /// <exception cref="BrokerUnreachableException">it does not let us in: user or password</exception>
    /// <exception cref="OperationInterruptedException">it forbids a queue, or has it with other arguments</exception>
    public static Task DeclareAsync(HuntOptions options, ILogger log, CancellationToken cancel)
    {
        var untilThere = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(e => e is not OperationCanceledException && !IsAnswer(e)),
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(5),
                BackoffType = DelayBackoffType.Exponential,
                OnRetry = retry =>
                {
                    log.LogWarning("The broker does not answer yet, try {Try}: {Error}", retry.AttemptNumber + 1, retry.Outcome.Exception!.Message);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
        return untilThere.ExecuteAsync(async token => await DeclareOnceAsync(options, token), cancel).AsTask();
    }

    private static bool IsAnswer(Exception e) => e switch
    {
        OperationInterruptedException { ShutdownReason.ReplyCode: Constants.AccessRefused or Constants.PreconditionFailed } => true,
        AggregateException all => all.InnerExceptions.All(IsAnswer), // one for each address of the broker
        _ => e is AuthenticationFailureException || (e is BrokerUnreachableException && IsAnswer(e.InnerException!)),
    };

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
