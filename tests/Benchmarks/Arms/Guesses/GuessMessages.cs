using System.Text.Json.Serialization;
using MassTransit;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>One action, one message.</summary>
/// <param name="Answer">somebody waits for <see cref="GuessJudged"/></param>
public sealed record JudgeGuess(AcceptedAction Action, bool Answer);

public sealed record GuessJudged(Guid ActionId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JudgeGuess))]
[JsonSerializable(typeof(GuessJudged))]
public sealed partial class GuessWire : JsonSerializerContext;

public enum QueueKind { Classic, Quorum }

/// <summary>Queues of the rivals, and the same conventions of the bus as everywhere: raw source-generated JSON, confirms, persistent messages.</summary>
public static class GuessBus
{
    public const string Guesses = "bench-guesses", Judged = "bench-judged", Errors = Guesses + "_error";

    public static readonly string[] Queues = [Guesses, Errors, Guesses + "_skipped", Judged, Judged + "_error", Judged + "_skipped"];

    private static readonly Uri JudgedExchange = new($"exchange:{Judged}");

    public static void ConfigureGuessHost(this IRabbitMqBusFactoryConfigurator bus, HuntOptions options, string purpose)
    {
        bus.ConfigureHuntHost(options, purpose);
        bus.ConfigureJsonSerializerOptions(json =>
        {
            json.TypeInfoResolverChain.Insert(0, GuessWire.Default);
            return json;
        });
    }

    public static async Task AnswerAsync(ConsumeContext<JudgeGuess> context)
    {
        var endpoint = await context.GetSendEndpoint(JudgedExchange);
        await endpoint.Send(new GuessJudged(context.Message.Action.Action.ActionId), Pipe.Execute<SendContext<GuessJudged>>(sending =>
        {
            sending.Durable = false;
            if (sending.TryGetPayload<RabbitMqSendContext>(out var rabbit)) rabbit.AwaitAck = false;
        }));
    }
}
