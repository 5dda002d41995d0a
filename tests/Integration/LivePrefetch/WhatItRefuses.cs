using MassTransit;
using TreasureHunt.Prefetch;

namespace TreasureHunt.Tests.Integration.Prefetch;

/// <summary>Clear words before anything runs: no broker is needed to be refused.</summary>
public sealed class WhatItRefuses
{
    [Theory]
    [InlineData(0, "not a pause")]
    [InlineData(-1, "1 to 8")]
    [InlineData(9, "1 to 8")]
    [InlineData(70_000, "1 to 8")]
    public async Task A_prefetch_of_nothing_or_beyond_the_ceiling(int asked, string why)
    {
        var prefetch = new LivePrefetch(4, ceiling: 8);
        Assert.Contains(why, (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => prefetch.SetAsync(asked))).Message);
        Assert.Equal(4, prefetch.Wanted);
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(4, 65_536)]
    [InlineData(9, 8)]
    [InlineData(0, 8)]
    public void A_start_outside_the_limits(int initial, int ceiling) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LivePrefetch(initial, ceiling));

    [Fact]
    public void A_single_active_consumer_whose_queue_would_move() =>
        Assert.Contains("single active consumer", Refusal((endpoint, prefetch) =>
        {
            endpoint.UseLivePrefetch(prefetch);
            endpoint.SingleActiveConsumer = true; // after it: the order of configuration does not matter
        }));

    [Fact]
    public void An_exclusive_consumer_beside_which_there_is_no_second() =>
        Assert.Contains("exclusive consumer", Refusal((endpoint, prefetch) =>
        {
            endpoint.ExclusiveConsumer = true;
            endpoint.UseLivePrefetch(prefetch);
        }));

    [Fact]
    public void A_stream_that_would_be_read_again() =>
        Assert.Contains("stream", Refusal((endpoint, prefetch) =>
        {
            endpoint.Stream(stream => stream.FromFirst());
            endpoint.UseLivePrefetch(prefetch);
        }));

    /// <summary>The bus has none but the broker's pseudo-queue for replies.</summary>
    [Fact]
    public void A_consumer_without_acknowledgements() =>
        Assert.Contains("without acknowledgements", Refusal((endpoint, prefetch) => endpoint.UseLivePrefetch(prefetch), "amq.rabbitmq.reply-to"));

    [Fact]
    public void A_prefetch_count_beside_it() =>
        Assert.Contains("PrefetchCount = 10", Refusal((endpoint, prefetch) =>
        {
            endpoint.UseLivePrefetch(prefetch);
            endpoint.PrefetchCount = 10;
        }));

    [Fact]
    public void A_second_endpoint()
    {
        var prefetch = new LivePrefetch(4);
        var refused = Assert.ThrowsAny<Exception>(() => Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            bus.ReceiveEndpoint("one", endpoint => endpoint.UseLivePrefetch(prefetch));
            bus.ReceiveEndpoint("two", endpoint => endpoint.UseLivePrefetch(prefetch));
        }));
        Assert.Contains("Make one for two too", refused.ToString());
    }

    private static string Refusal(Action<IRabbitMqReceiveEndpointConfigurator, LivePrefetch> configure, string queue = "orders") =>
        Assert.Throws<ConfigurationException>(() => Bus.Factory.CreateUsingRabbitMq(bus =>
            bus.ReceiveEndpoint(queue, endpoint => configure(endpoint, new LivePrefetch(4))))).Message;
}
