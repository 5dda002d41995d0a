using MassTransit;

namespace TreasureHunt.Tests.Integration.Prefetch;

/// <summary>Against a real broker, for classic and quorum queues.</summary>
public sealed class PrefetchIsHandedOver(Servers servers) : IClassFixture<Servers>
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task Steps_up_and_down_are_held_exactly_and_nothing_is_redelivered_lost_or_doubled(bool quorum)
    {
        await using var queue = new WatchedQueue(servers.RabbitMq, quorum, prefetch: 4);
        var bus = queue.Bus();
        await bus.StartAsync();
        try
        {
            await queue.FillAsync(3000);
            foreach (var step in new[] { 4, 16, 64, 8, 4 })
            {
                var change = await queue.Prefetch.SetAsync(step);
                Assert.Equal(step, change.InForce);
                Assert.Equal(step, queue.Prefetch.InForce);
                await queue.HoldsExactlyAsync(step);
            }
            await queue.Prefetch.SetAsync(128);
            await queue.AllHandledAsync();
            queue.NothingWasRedelivered();
            queue.EachWasHandledOnce();
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_hundred_changes_under_load_return_no_message(bool quorum)
    {
        await using var queue = new WatchedQueue(servers.RabbitMq, quorum, prefetch: 16);
        var bus = queue.Bus();
        await bus.StartAsync();
        try
        {
            await queue.FillAsync(8000);
            for (var i = 0; i < 100; i++) await queue.Prefetch.SetAsync(i % 2 == 0 ? 48 : 12);
            Assert.Equal(100, queue.Prefetch.HandOvers);
            await queue.Prefetch.SetAsync(256);
            await queue.AllHandledAsync();
            queue.NothingWasRedelivered();
            queue.EachWasHandledOnce();
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    [Fact]
    public async Task Changes_that_come_fast_are_coalesced_and_the_last_wins()
    {
        await using var queue = new WatchedQueue(servers.RabbitMq, quorum: false, prefetch: 4);
        var bus = queue.Bus();
        await bus.StartAsync();
        try
        {
            await Task.WhenAll(Enumerable.Range(1, 200).Select(n => queue.Prefetch.SetAsync(n)));
            Assert.Equal(200, queue.Prefetch.InForce);
            Assert.InRange(queue.Prefetch.HandOvers, 1, 10);
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    [Fact]
    public async Task With_nothing_started_or_all_stopped_a_value_is_what_the_next_channel_begins_with()
    {
        await using var queue = new WatchedQueue(servers.RabbitMq, quorum: false, prefetch: 4);
        var bus = queue.Bus();
        Assert.Equal(0, (await queue.Prefetch.SetAsync(7)).InForce);
        await bus.StartAsync();
        Assert.Equal(7, queue.Prefetch.InForce);
        await bus.StopAsync();
        Assert.Equal(0, queue.Prefetch.InForce);
        Assert.Equal(0, (await queue.Prefetch.SetAsync(9)).InForce);
        Assert.Equal(9, queue.Prefetch.Wanted);
    }

    [Fact]
    public async Task Whoever_stops_waiting_has_still_asked()
    {
        await using var queue = new WatchedQueue(servers.RabbitMq, quorum: false, prefetch: 4);
        var bus = queue.Bus();
        await bus.StartAsync();
        try
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.Prefetch.SetAsync(8, new CancellationToken(canceled: true)));
            await Soon.Async(() => queue.Prefetch.InForce == 8, () => "the value is in force");
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Changes_that_race_with_a_stop_lose_and_double_nothing(bool quorum)
    {
        await using var queue = new WatchedQueue(servers.RabbitMq, quorum, prefetch: 4);
        var bus = queue.Bus();
        for (var round = 0; round < 8; round++)
        {
            await bus.StartAsync();
            await queue.FillAsync(200);
            using var stopped = new CancellationTokenSource();
            var changing = Task.Run(async () =>
            {
                for (var n = 0; !stopped.IsCancellationRequested; n++) await queue.Prefetch.SetAsync(4 + n % 2 * 12);
            });
            await Task.Delay(round * 15);
            await bus.StopAsync(TimeSpan.FromSeconds(60));
            await stopped.CancelAsync();
            await changing;
            Assert.Equal(0, queue.Prefetch.InForce);
            Assert.Equal(0, queue.InFlight); // a stop waits for what runs
        }
        await bus.StartAsync();
        await queue.AllHandledAsync();
        await bus.StopAsync();
        queue.EachWasHandledOnce();
    }
}
