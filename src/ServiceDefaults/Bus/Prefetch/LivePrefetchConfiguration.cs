using MassTransit;
using MassTransit.RabbitMqTransport;

namespace TreasureHunt.ServiceDefaults.Bus.Prefetch;

public static class LivePrefetchConfiguration
{
    /// <summary>Lets <paramref name="prefetch"/> rule this endpoint. Its PrefetchCount and ConcurrentMessageLimit become the ceiling.</summary>
    public static void UseLivePrefetch(this IRabbitMqReceiveEndpointConfigurator endpoint, LivePrefetch prefetch)
    {
        endpoint.PrefetchCount = prefetch.Ceiling;
        endpoint.ConcurrentMessageLimit = prefetch.Ceiling;
        endpoint.ConfigureChannel(pipe => pipe.UseFilter(new LivePrefetchFilter(prefetch)));
    }
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
