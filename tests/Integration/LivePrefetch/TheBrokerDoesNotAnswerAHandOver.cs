using MassTransit;
using MassTransit.RabbitMqTransport;

namespace TreasureHunt.Tests.Integration.Prefetch;

/// <summary>
/// A request of a hand-over fails on a channel that stays open: it was never sent, or its answer never came. Two consumers may be running on that channel, so
/// it is closed, and the next one begins with the value.
/// </summary>
public sealed class TheBrokerDoesNotAnswerAHandOver(Servers servers) : IClassFixture<Servers>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false, nameof(ChannelContext.BasicQos), false)]
    [InlineData(false, nameof(ChannelContext.BasicQos), true)]
    [InlineData(false, nameof(ChannelContext.BasicConsume), false)]
    [InlineData(false, nameof(ChannelContext.BasicConsume), true)]
    [InlineData(false, nameof(ChannelContext.BasicCancel), false)]
    [InlineData(false, nameof(ChannelContext.BasicCancel), true)]
    [InlineData(true, nameof(ChannelContext.BasicConsume), true)]
    [InlineData(true, nameof(ChannelContext.BasicCancel), false)]
    public async Task The_channel_is_closed_whoever_asked_is_told_and_the_next_channel_begins_with_the_value(bool quorum, string call, bool answerLost)
    {
        await using var queue = new WatchedQueue(servers.RabbitMq, quorum, prefetch: 8);
        var silence = new AtCall(call, answerLost, () => throw new TimeoutException("The broker does not answer."));
        var bus = queue.Bus(channel: pipe => pipe.UseFilter(silence));
        await bus.StartAsync();
        try
        {
            await queue.FillAsync(600);
            await Soon.Async(() => queue.Peak == 8 && queue.Prefetch.InForce == 8, () => "the first window is full");
            var first = Assert.Single(queue.Channels);
            silence.Arm();
            var told = await Assert.ThrowsAsync<TimeoutException>(() => queue.Prefetch.SetAsync(16).WaitAsync(Patience)); // even where the close took the connection along
            Assert.Equal("The broker does not answer.", told.Message);
            Assert.True(silence.HasHappened);
            Assert.False(first.Channel.IsOpen);
            Assert.Equal(0, queue.Prefetch.HandOvers);
            await queue.GoesOnWithAsync(16);
        }
        finally
        {
            await bus.StopAsync(TimeSpan.FromSeconds(60));
        }
    }
}
