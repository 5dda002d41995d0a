using MassTransit;
using MassTransit.RabbitMqTransport;
using TreasureHunt.Tests.Integration.Settings;

namespace TreasureHunt.Tests.Integration.Prefetch;

/// <summary>
/// A hand-over is basic.qos, basic.consume, basic.cancel. Wherever between them the connection, or the channel alone, is lost:
/// the next channel begins with the value asked for last, no message is lost, and the endpoint goes on as if nothing had been.
/// </summary>
public sealed class TheConnectionIsLostDuringAHandOver(Servers servers) : IClassFixture<Servers>
{
    [Theory]
    [InlineData(false, nameof(ChannelContext.BasicQos), false)]
    [InlineData(false, nameof(ChannelContext.BasicQos), true)]
    [InlineData(false, nameof(ChannelContext.BasicConsume), false)]
    [InlineData(false, nameof(ChannelContext.BasicConsume), true)]
    [InlineData(false, nameof(ChannelContext.BasicCancel), false)]
    [InlineData(false, nameof(ChannelContext.BasicCancel), true)]
    [InlineData(true, nameof(ChannelContext.BasicQos), false)]
    [InlineData(true, nameof(ChannelContext.BasicQos), true)]
    [InlineData(true, nameof(ChannelContext.BasicConsume), false)]
    [InlineData(true, nameof(ChannelContext.BasicConsume), true)]
    [InlineData(true, nameof(ChannelContext.BasicCancel), false)]
    [InlineData(true, nameof(ChannelContext.BasicCancel), true)]
    public async Task A_cut_in_the_middle_costs_nothing_but_the_connection(bool quorum, string call, bool afterwards)
    {
        await using var proxy = new CutProxy(servers.RabbitMq);
        await using var queue = new WatchedQueue(servers.RabbitMq, quorum, prefetch: 8);
        var cut = new AtCall(call, afterwards, proxy.Cut);
        var bus = queue.Bus(proxy.Address, channel => channel.UseFilter(cut));
        await bus.StartAsync();
        try
        {
            await queue.FillAsync(600);
            await Soon.Async(() => queue.Peak == 8 && queue.Prefetch.InForce == 8, () => "the first window is full"); // deliveries may come before the consumer's name

            cut.Arm();
            await queue.Prefetch.SetAsync(16);
            Assert.True(cut.HasHappened);
            await Soon.Async(() => queue.Prefetch.InForce == 0, () => "the loss is seen");
            var away = await queue.Prefetch.SetAsync(24); // no error and no waiting: the next channel begins with it
            Assert.Equal(0, away.InForce);

            proxy.Mend();
            await queue.GoesOnWithAsync(24);
        }
        finally
        {
            proxy.Mend();
            await bus.StopAsync(TimeSpan.FromSeconds(60));
        }
        Assert.Equal(0, queue.InFlight);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task The_broker_closes_the_channel_during_changes(bool quorum)
    {
        await using var queue = new WatchedQueue(servers.RabbitMq, quorum, prefetch: 8);
        var bus = queue.Bus();
        await bus.StartAsync();
        try
        {
            await queue.FillAsync(1500);
            for (var round = 0; round < 3; round++)
            {
                var channels = queue.Channels.Count;
                var changes = Enumerable.Range(0, 5).Select(n => queue.Prefetch.SetAsync(8 + 4 * n)).ToList();
                await queue.Channels.Last().Channel.BasicAckAsync(ulong.MaxValue / 2, multiple: false); // 406 precondition-failed: an unknown delivery tag
                await Task.WhenAll(changes);
                await Soon.Async(() => queue.Channels.Count > channels && queue.Prefetch.InForce == 24, () => $"another channel with 24; it has {queue.Prefetch.InForce}");
            }
            await queue.GoesOnWithAsync(24);
        }
        finally
        {
            await bus.StopAsync(TimeSpan.FromSeconds(60));
        }
    }
}
