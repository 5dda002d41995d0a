using MassTransit;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.Processors.Lanes;

/// <summary>The bus that results leave by: a connection of its own, so that a blocked publisher never stops a consumer.</summary>
public interface IResultsBus : IBus;

/// <summary>
/// Tells what was committed: outcomes to the ingress that asked, facts to every view. Derived from the committed batch,
/// never beside it; what several lanes have to tell meanwhile travels together, in the order it came. Not persistent: whoever misses one reads the store.
/// </summary>
public sealed class Announcer
{
    /// <summary>Actions that one message tells of at most; a batch that is larger by itself goes alone.</summary>
    public const int MaxActions = 4_096;

    private static readonly Uri Outcomes = new($"exchange:{LaneTopology.OutcomesExchange}?type=direct");
    private static readonly Uri Facts = new($"exchange:{HuntBus.FactsExchange}?type=fanout");

    private readonly IResultsBus _bus;
    private readonly LivePipelines _pipelines;
    private readonly string _processor;
    private readonly ILogger<Announcer> _log;
    private readonly Grouped<News> _groups;

    public Announcer(IResultsBus bus, LivePipelines pipelines, HuntOptions options, ILogger<Announcer> log)
    {
        (_bus, _pipelines, _processor, _log) = (bus, pipelines, options.Instance, log);
        _groups = new Grouped<News>(TellAsync, () => 1, news => news.Batch.Verdicts.Count, MaxActions);
    }

    /// <summary>Completes when it is told, or was tried: never faults.</summary>
    /// <param name="batch">committed</param>
    /// <param name="ended">envelopes whose last action is committed, in the order of the lane</param>
    public Task TellAsync(int lane, DecidedBatch batch, IReadOnlyList<Delivery> ended)
    {
        var news = new News(lane, batch, ended);
        _groups.Add(news);
        return news.Told.Task;
    }

    private async Task TellAsync(IReadOnlyList<News> group)
    {
        try
        {
            await SendAsync(group);
        }
        catch (Exception e)
        {
            _log.LogError(e, "Results could not be told; they can be read from the store.");
        }
        foreach (var news in group) news.Told.SetResult();
    }

    private async Task SendAsync(IReadOnlyList<News> group)
    {
        HuntFacts[] hunts = [.. group.SelectMany(news => news.Batch.Touched.Values).Select(FactsOf)];
        if (hunts.Length > 0)
        {
            var times = group.Select(news => news.Batch.Times).ToList();
            await SendAsync(
                Facts, new CommittedFacts(_processor, hunts, times.Min(batch => batch.CommittedAt), times.Find(batch => batch.TraceParent is not null)?.TraceParent), routingKey: null);
        }

        var asked = group.SelectMany(news => news.Ended, (news, delivery) => (news.Lane, delivery.Envelope, delivery.Outcomes, delivery.Stages))
            .Where(ended => ended.Envelope.ReplyTo is not null)
            .GroupBy(ended => (ended.Envelope.ReplyTo, ended.Envelope.Ingress));
        foreach (var ingress in asked)
        {
            EnvelopeOutcomes[] envelopes = [.. ingress.Select(ended => new EnvelopeOutcomes(ended.Lane, ended.Envelope.Sequence, ended.Outcomes, ended.Stages))];
            await SendAsync(Outcomes, new CommittedOutcomes(ingress.Key.Ingress, envelopes), ingress.Key.ReplyTo);
        }
    }

    private static HuntFacts FactsOf(Storage.HuntWrites writes)
    {
        var facts = new List<VersionedFact>();
        for (var i = 0; i < writes.Facts.Count; i++)
            if (writes.Facts[i].Fact is { ChangesViews: true } fact) facts.Add(new VersionedFact(writes.VersionBefore + 1 + i, fact.WithoutGuess()));
        return new HuntFacts(writes.Hunt, writes.VersionBefore, writes.VersionAfter, new AnnouncedFacts(facts));
    }

    private async Task SendAsync<T>(Uri address, T message, string? routingKey) where T : class
    {
        try
        {
            // Twice is harmless: outcomes and facts carry what they are about.
            await _pipelines.Broker.ExecuteAsync(static async (call, attempt) =>
            {
                await call.Bus.SendWithinAsync(call.Address, call.Message, Pipe.Execute<SendContext<T>>(context =>
                {
                    context.Durable = false;
                    if (call.RoutingKey is not null) context.SetRoutingKey(call.RoutingKey);
                    if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit)) rabbit.AwaitAck = false;
                }), attempt);
            }, (Bus: (IBus)_bus, Address: address, Message: message, RoutingKey: routingKey), CancellationToken.None);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _log.LogWarning("A result could not be sent ({Error}); it can be read from the store.", e.Message);
        }
    }

    private sealed record News(int Lane, DecidedBatch Batch, IReadOnlyList<Delivery> Ended)
    {
        public TaskCompletionSource Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
