using RabbitMQ.Client;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// How a lane's channel ends: closed by us, whereupon the broker takes all unacknowledged messages back in order. Not by provoking
/// the broker into closing it: a quorum queue (3.10) goes on delivering to such a channel, and the client (7.2) ends the
/// whole connection over a message for a channel it does not know any more.
/// <para>
/// Whoever stops the bus's endpoint waits for the end first: the client also ends the whole connection, with every lane
/// on it, when the channel is disposed of before the broker's reply to the close has come.
/// </para>
/// </summary>
public static class ChannelEnd
{
    /// <summary>A broker that does not answer in this time has lost the channel, or us.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5), LookEvery = TimeSpan.FromMilliseconds(1);

    /// <returns>
    /// Closing: completes when no acknowledgement can leave any more, nearly always at once. Ended: when the broker has answered, which waits
    /// for the deliveries' handlers, or does not answer. Neither faults.
    /// </returns>
    public static (Task Closing, Task Ended) Of(IChannel channel, TimeProvider time)
    {
        var close = channel.CloseAsync(200, "lane released", abort: true, CancellationToken.None);
        return (channel.IsOpen ? ClosingAsync() : Task.CompletedTask, EndedAsync());

        async Task ClosingAsync()
        {
            while (channel.IsOpen && !close.IsCompleted) await Task.Delay(LookEvery, time);
        }

        async Task EndedAsync() => await close.WaitAsync(Limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
