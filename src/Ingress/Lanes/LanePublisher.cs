using MassTransit;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.Ingress.Lanes;

/// <summary>The bus that accepted actions leave by: a connection of its own, so that a blocked broker stops no consumer.</summary>
public interface IPublishBus : IBus;

/// <summary>Puts messages on the broker and returns when it has confirmed them: persistent, mandatory, within the time that the settings broker.* give it.</summary>
public sealed class LanePublisher(IPublishBus bus, BrokerState broker, LivePipelines pipelines, ILogger<LanePublisher> log)
{
    private static readonly Uri ParkedIntake = Address(LaneTopology.ParkedIntakeQueue);

    /// <exception cref="Exception">not confirmed: returned, refused, no connection, or too late</exception>
    public Task PublishAsync(Envelope envelope, CancellationToken cancel) => PublishAsync(Address(Envelope.QueueOf(envelope.Lane)), envelope, cancel);

    /// <exception cref="Exception">not confirmed</exception>
    public Task PublishAsync(ParkedIntake parked, CancellationToken cancel) => PublishAsync(ParkedIntake, parked, cancel);

    private async Task PublishAsync<T>(Uri address, T message, CancellationToken cancel) where T : class
    {
        try
        {
            // A second copy of an envelope has no second effect: the lane knows its actions' ids.
            await pipelines.Broker.ExecuteAsync(
                static async (call, attempt) => await call.Bus.SendWithinAsync(call.Address, call.Message, PersistentAndMandatory<T>.Pipe, attempt),
                (Bus: (IBus)bus, Address: address, Message: message), cancel);
            if (broker.Worked()) log.LogInformation("The broker takes messages again");
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            // A refusal of this message or lane says nothing about the others; a silence does.
            var silent = BrokerFailures.IsSilence(e);
            if (e is MessageReturnedException) log.LogWarning("No queue takes {Address}: the message was returned", address.AbsolutePath);
            else if (!silent || broker.Failed()) log.LogWarning("A message for {Address} was not confirmed: {Error}", address.AbsolutePath, e.Message);
            throw;
        }
    }

    private static Uri Address(string exchange) => new($"exchange:{exchange}?type=fanout");

    private static class PersistentAndMandatory<T> where T : class
    {
        public static readonly IPipe<SendContext<T>> Pipe = MassTransit.Pipe.Execute<SendContext<T>>(context =>
        {
            context.Durable = true;
            ((RabbitMqSendContext<T>)context).Mandatory = true;
        });
    }
}
