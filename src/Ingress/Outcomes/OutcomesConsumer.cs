using MassTransit;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Ingress.Outcomes;

/// <summary>What the processors answer. One at a time and in order, for an outcome also answers for all envelopes before it.</summary>
internal sealed class OutcomesConsumer(LaneWriters lanes) : IConsumer<CommittedOutcomes>
{
    /// <summary>An outcome nobody fetched for this long is in the store anyway.</summary>
    private static readonly TimeSpan KeptByBroker = TimeSpan.FromSeconds(10);

    public Task Consume(ConsumeContext<CommittedOutcomes> context)
    {
        lanes.Decided(context.Message);
        return Task.CompletedTask;
    }

    public static void Connect(IRabbitMqBusFactoryConfigurator bus, LaneWriters lanes) =>
        bus.ReceiveEndpoint(lanes.ReplyTo, endpoint =>
        {
            endpoint.HearsAlone(LaneTopology.OutcomesExchange, lanes.ReplyTo);
            endpoint.SetQueueArgument("x-message-ttl", (int)KeptByBroker.TotalMilliseconds);
            endpoint.Instance(new OutcomesConsumer(lanes));
        });
}
