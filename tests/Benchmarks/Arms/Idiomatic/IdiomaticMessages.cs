using System.Text.Json.Serialization;
using MassTransit;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

/// <summary>One action, one message.</summary>
/// <param name="Answer">somebody waits for <see cref="GuessJudged"/></param>
public sealed record JudgeGuess(AcceptedAction Action, bool Answer);

public sealed record GuessJudged(Guid ActionId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JudgeGuess))]
[JsonSerializable(typeof(GuessJudged))]
public sealed partial class IdiomaticWire : JsonSerializerContext;

/// <summary>Queues of the arm, and the same conventions of the bus as everywhere: raw source-generated JSON, confirms, persistent messages.</summary>
public static class IdiomaticBus
{
    public const string Guesses = "bench-guesses", Judged = "bench-judged";

    public static readonly string[] Queues = [Guesses, Guesses + "_error", Guesses + "_skipped", Judged, Judged + "_error", Judged + "_skipped"];

    public static void ConfigureIdiomaticHost(this IRabbitMqBusFactoryConfigurator bus, HuntOptions options, string purpose)
    {
        bus.ConfigureHuntHost(options, purpose);
        bus.ConfigureJsonSerializerOptions(json =>
        {
            json.TypeInfoResolverChain.Insert(0, IdiomaticWire.Default);
            return json;
        });
    }
}
