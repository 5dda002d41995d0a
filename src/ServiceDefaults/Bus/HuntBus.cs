using MassTransit;
using TreasureHunt.Contracts;

namespace TreasureHunt.ServiceDefaults.Bus;

/// <summary>Conventions of every bus: raw JSON on the wire, short heartbeat, nothing temporary that a current broker refuses.</summary>
public static class HuntBus
{
    /// <summary>Fan-out exchange of <see cref="Contracts.Lanes.CommittedFacts"/>.</summary>
    public const string FactsExchange = "hunt.facts";

    /// <summary>Durable queue where partners put player actions.</summary>
    public const string IntakeQueue = "player-actions";

    public static void ConfigureHuntHost(this IRabbitMqBusFactoryConfigurator bus, HuntOptions options, string purpose)
    {
        bus.Host(options.RabbitMq, $"{options.Instance}/{purpose}", host =>
        {
            host.Heartbeat(TimeSpan.FromSeconds(5)); // a frozen process must lose its lanes soon
            host.PublisherConfirmation = true;
        });
        bus.Exclusive = true; // RabbitMQ 4.3 refuses transient queues that are not exclusive
        bus.UseRawJsonSerializer(RawSerializerOptions.AnyMessageType, isDefault: true);
        bus.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
        bus.ConfigureJsonSerializerOptions(Wire.Teach);
    }
}
