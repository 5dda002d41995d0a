using MassTransit;
using TreasureHunt.Contracts;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Ingress.Outcomes;

/// <summary>What the processors answer. One at a time and in order, for an outcome also answers for all envelopes before it.</summary>
internal static class OutcomesEndpoint
{
    /// <summary>An outcome nobody fetched for this long is in the store anyway.</summary>
    private static readonly TimeSpan KeptByBroker = TimeSpan.FromSeconds(10);

    public static void Connect(IRabbitMqBusFactoryConfigurator bus, LaneWriters lanes) =>
        bus.ReceiveEndpoint(lanes.ReplyTo, endpoint =>
        {
            endpoint.HearsAlone(LaneTopology.OutcomesExchange, Wire.Default.CommittedOutcomes, lanes.Decided, lanes.ReplyTo);
            endpoint.SetQueueArgument("x-message-ttl", (int)KeptByBroker.TotalMilliseconds);
        });
}
