using MassTransit;
using MassTransit.Configuration;
using MassTransit.RabbitMqTransport;
using MassTransit.RabbitMqTransport.Configuration;
using Headers = RabbitMQ.Client.Headers;

namespace TreasureHunt.Prefetch;

/// <summary>Puts a <see cref="LivePrefetch"/> in charge of a receive endpoint.</summary>
public static class LivePrefetchConfiguration
{
    /// <summary>
    /// Lets <paramref name="prefetch"/> rule this endpoint. Its PrefetchCount and ConcurrentMessageLimit become the ceiling, so set
    /// neither yourself. The bus refuses to be built when the endpoint's consumer cannot be replaced: see the README's limits.
    /// </summary>
    /// <exception cref="InvalidOperationException">it rules another endpoint already</exception>
    public static void UseLivePrefetch(this IRabbitMqReceiveEndpointConfigurator endpoint, LivePrefetch prefetch)
    {
        prefetch.TakeBy(Settings(endpoint).QueueName);
        endpoint.PrefetchCount = prefetch.Ceiling;
        endpoint.ConcurrentMessageLimit = prefetch.Ceiling;
        endpoint.ConfigureChannel(pipe => pipe.UseFilter(new LivePrefetchFilter(prefetch)));
        endpoint.AddEndpointSpecification(new ReplaceableConsumer(Settings(endpoint), prefetch));
    }

    private static ReceiveSettings Settings(IRabbitMqReceiveEndpointConfigurator endpoint) => ((IRabbitMqReceiveEndpointConfiguration)endpoint).Settings;
}

/// <summary>Runs once per channel, so after every reconnect too: the new channel begins with the live value.</summary>
internal sealed class LivePrefetchFilter(LivePrefetch prefetch) : IFilter<ChannelContext>
{
    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        var handOver = new PrefetchHandOver(context, prefetch);
        try
        {
            await next.Send(handOver).ConfigureAwait(false);
        }
        finally
        {
            prefetch.Closed(handOver);
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("livePrefetch").Add("prefetchCount", prefetch.Wanted);
}

/// <summary>What a second consumer on the queue would break is refused when the bus is built, whatever order it was configured in.</summary>
internal sealed class ReplaceableConsumer(ReceiveSettings settings, LivePrefetch prefetch) : IReceiveEndpointSpecification
{
    public void Configure(IReceiveEndpointBuilder builder)
    {
    }

    public IEnumerable<ValidationResult> Validate()
    {
        if (settings.QueueArguments.TryGetValue(Headers.XSingleActiveConsumer, out var single) && single is true)
            yield return No("a single active consumer: the hand-over would move the queue and break its order. Close and open the endpoint instead");
        if (settings.ExclusiveConsumer)
            yield return No("an exclusive consumer: the broker would refuse the second one, which a hand-over needs for a moment");
        if (settings.QueueArguments.TryGetValue(Headers.XQueueType, out var type) && type is "stream")
            yield return No("a stream: the second consumer would read it again from its offset");
        if (settings.NoAck)
            yield return No("a consumer without acknowledgements: prefetch has no meaning for it");
        if (settings.PrefetchCount != prefetch.Ceiling)
            yield return No($"PrefetchCount = {settings.PrefetchCount} set beside it: set the ceiling ({prefetch.Ceiling}) in {nameof(LivePrefetch)} instead");

        ValidationResult No(string with) => this.Failure(nameof(LivePrefetch), $"cannot be used with {with}.");
    }
}
