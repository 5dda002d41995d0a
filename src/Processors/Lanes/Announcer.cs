using MassTransit;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.Processors.Lanes;

/// <summary>The bus that results leave by: a connection of its own, so that a blocked publisher never stops a consumer.</summary>
public interface IResultsBus : IBus;

/// <summary>
/// Tells what was committed: outcomes to the ingress that asked, facts to every view. Derived from the committed batch,
/// never beside it. Not persistent: whoever misses one reads the store.
/// </summary>
public sealed class Announcer(IResultsBus bus, LivePipelines pipelines, ILogger<Announcer> log)
{
    private static readonly Uri Outcomes = new($"exchange:{LaneTopology.OutcomesExchange}?type=direct");
    private static readonly Uri Facts = new($"exchange:{HuntBus.FactsExchange}?type=fanout");

    /// <param name="ended">envelopes whose last action is committed, in the order of the lane</param>
    public async Task OutcomesAsync(int lane, IEnumerable<Delivery> ended)
    {
        foreach (var asked in ended.GroupBy(delivery => (delivery.Envelope.ReplyTo, delivery.Envelope.Ingress)))
        {
            if (asked.Key.ReplyTo is not { } replyTo) continue;
            EnvelopeOutcomes[] envelopes = [.. asked.Select(delivery => new EnvelopeOutcomes(delivery.Envelope.Sequence, delivery.Outcomes, delivery.Stages))];
            await SendAsync(Outcomes, new LaneOutcomes(lane, asked.Key.Ingress, envelopes), replyTo);
        }
    }

    public Task FactsAsync(int lane, string processor, DecidedBatch batch)
    {
        if (batch.Touched.Count == 0) return Task.CompletedTask;
        var hunts = new List<HuntFacts>(batch.Touched.Count);
        foreach (var writes in batch.Touched.Values)
        {
            var facts = new List<VersionedFact>();
            for (var i = 0; i < writes.Facts.Count; i++)
                if (writes.Facts[i].Fact is { ChangesViews: true } fact) facts.Add(new VersionedFact(writes.VersionBefore + 1 + i, fact.WithoutGuess()));
            hunts.Add(new HuntFacts(writes.Hunt, writes.VersionBefore, writes.VersionBefore + writes.Facts.Count, facts));
        }
        return SendAsync(Facts, new CommittedFacts(lane, processor, hunts, batch.Times.CommittedAt, batch.Times.TraceParent), routingKey: null);
    }

    private async Task SendAsync<T>(Uri address, T message, string? routingKey) where T : class
    {
        try
        {
            // Twice is harmless: outcomes and facts carry what they are about.
            await pipelines.Broker.ExecuteAsync(static async (call, attempt) =>
            {
                await call.Bus.SendWithinAsync(call.Address, call.Message, Pipe.Execute<SendContext<T>>(context =>
                {
                    context.Durable = false;
                    if (call.RoutingKey is not null) context.SetRoutingKey(call.RoutingKey);
                    if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit)) rabbit.AwaitAck = false;
                }), attempt);
            }, (Bus: (IBus)bus, Address: address, Message: message, RoutingKey: routingKey), CancellationToken.None);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            log.LogWarning("A result could not be sent ({Error}); it can be read from the store.", e.Message);
        }
    }
}
