using TreasureHunt.Prefetch;

namespace TreasureHunt.Tests.Integration.Prefetch;

/// <summary>Hand-overs of different endpoints do not know of each other: each has a channel of its own.</summary>
public sealed class ManyEndpointsOnAConnection(Servers servers) : IClassFixture<Servers>
{
    private const int Endpoints = 50, Messages = 100;

    [Theory, InlineData(false), InlineData(true)]
    public async Task All_changed_at_once_come_into_force_and_no_message_is_redelivered_lost_or_doubled(bool quorum)
    {
        var queues = Enumerable.Range(0, Endpoints).Select(_ => new WatchedQueue(servers.RabbitMq, quorum, prefetch: 4, ceiling: 32)).ToList();
        var bus = WatchedQueue.Bus(servers.RabbitMq, queues);
        foreach (var queue in queues) queue.Hold();
        await bus.StartAsync();
        try
        {
            Assert.Single(queues.Select(queue => queue.Channels.Single().ConnectionContext.Connection).Distinct());
            Assert.Equal(Endpoints, queues.Select(queue => queue.Channels.Single().Channel.ChannelNumber).Distinct().Count());
            foreach (var queue in queues) await queue.FillAsync(Messages);
            foreach (var queue in queues) await Soon.Async(() => queue.InFlight == 4, () => "the first window is full");

            foreach (var step in new[] { 16, 6, 12 })
            {
                var changes = await Task.WhenAll(queues.Select(queue => queue.Prefetch.SetAsync(step)));
                Assert.All(changes, change => Assert.Equal(step, change.InForce));
                if (step == 16) foreach (var queue in queues) queue.Release();
            }
            foreach (var queue in queues)
            {
                await queue.AllHandledAsync();
                queue.NothingWasRedelivered();
                queue.EachWasHandledOnce();
                Assert.Equal(3, queue.Prefetch.HandOvers);
                Assert.InRange(queue.Peak, 16, 4 + 16 + 6 + 12); // a soft cut: old windows and the new one at most
            }
        }
        finally
        {
            await bus.StopAsync();
            foreach (var queue in queues) await queue.DisposeAsync();
        }
    }
}
