using System.Text.Json.Serialization.Metadata;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using TreasureHunt.Contracts;

namespace TreasureHunt.ServiceDefaults.Bus;

/// <summary>Conventions of every bus: raw JSON on the wire, short heartbeat, nothing temporary that a current broker refuses.</summary>
public static class HuntBus
{
    /// <summary>Fan-out exchange of <see cref="Contracts.Lanes.CommittedFacts"/>.</summary>
    public const string FactsExchange = "hunt.facts";

    /// <summary>Durable queue where partners put player actions.</summary>
    public const string IntakeQueue = "player-actions";

    /// <summary>
    /// An endpoint of one process alone, gone with it: it hears what an exchange says, in order, each message read once from its bytes. What fails is dropped, for nobody would
    /// look into the error queue of a process that is gone.
    /// </summary>
    /// <param name="hear">called with one message at a time</param>
    /// <param name="routingKey">of a direct exchange; null: a fan-out</param>
    public static void HearsAlone<T>(this IRabbitMqReceiveEndpointConfigurator endpoint, string exchange, JsonTypeInfo<T> json, Action<T> hear, string? routingKey = null)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.Durable = false;
        endpoint.AutoDelete = true;
        endpoint.Exclusive = true;
        endpoint.PrefetchCount = 64;
        endpoint.ConcurrentMessageLimit = 1;
        endpoint.Bind(exchange, bound =>
        {
            bound.ExchangeType = routingKey is null ? ExchangeType.Fanout : ExchangeType.Direct;
            if (routingKey is not null) bound.RoutingKey = routingKey;
            bound.Durable = true;
        });
        endpoint.ConfigureReceive(pipe => pipe.UseFilter(new Hearing<T>(json, hear)));
    }

    /// <summary>The bus library would report its use to its makers; this product calls nobody but its own servers.</summary>
    public static void SilenceBusUsage(this IServiceCollection services) => services.Configure<UsageTelemetryOptions>(usage => usage.Enabled = false);

    /// <param name="publishes">false: this bus only consumes, and its channels need no confirms</param>
    public static void ConfigureHuntHost(this IRabbitMqBusFactoryConfigurator bus, HuntOptions options, string purpose, bool publishes = true)
    {
        bus.Host(options.RabbitMq, $"{options.Instance}/{purpose}", host =>
        {
            host.Heartbeat(TimeSpan.FromSeconds(5)); // a frozen process must lose its lanes soon
            host.PublisherConfirmation = publishes;
        });
        bus.Exclusive = true; // RabbitMQ 4.3 refuses transient queues that are not exclusive
        bus.UseRawJsonSerializer(RawSerializerOptions.AnyMessageType, isDefault: true);
        bus.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
        bus.ConfigureJsonSerializerOptions(Wire.Teach);
    }
}
