using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace TreasureHunt.Prefetch;

/// <summary>
/// One channel whose single consumer can be replaced unseen: puts the live value in the place of the configured one,
/// remembers how the consumer was started, and maps its first tag to the current one. Everything else passes through.
/// </summary>
internal sealed class PrefetchHandOver(ChannelContext channel, LivePrefetch live) : ChannelContextDecorator(channel)
{
    /// <summary>
    /// Bounds of the wait for the old consumer to fill up. With a backlog it does so within a round trip, unless the broker's
    /// disk stalls; without one it may never, and is cancelled as it is once the queue is empty and either nothing came for
    /// the quiet time or the patience is over. A quorum queue then returns what was on its way in that millisecond.
    /// </summary>
    public const int QuietMilliseconds = 20, PatienceMilliseconds = 100, MaxMillisecondsToFill = 5_000;

    // One at a time: start, hand-over, cancel. Guards all fields below.
    private readonly SemaphoreSlim _one = new(1);
    private readonly ChannelContext _channel = channel;
    private readonly OutstandingDeliveries _deliveries = new(live.Time);
    private Func<string, CancellationToken, Task<string>>? _consume;
    private SteadyConsumer? _consumer;
    private string _queue = "", _tag = "";
    private volatile bool _ended; // set outside too: a stop does not wait for a hand-over's patience
    private volatile ushort _prefetch;

    public ushort Prefetch => _prefetch;

    public bool IsOpen => !_ended && _channel.Channel.IsOpen;

    public override Task BasicQos(uint prefetchSize, ushort prefetchCount, bool global, CancellationToken cancellationToken) =>
        _channel.BasicQos(prefetchSize, global ? prefetchCount : (ushort)live.Wanted, global, cancellationToken);

    public override async Task<string> BasicConsume(
        string queue, bool noAck, bool exclusive, IDictionary<string, object> arguments, IAsyncBasicConsumer consumer, string consumerTag,
        CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_consume is not null) throw new InvalidOperationException("A channel with a live prefetch has one consumer.");
            var steady = _consumer = new SteadyConsumer(consumer, _deliveries);
            _consume = (tag, cancel) => _channel.BasicConsume(queue, noAck, exclusive, arguments, steady, tag, cancel);
            _queue = queue;
            _prefetch = (ushort)live.Wanted;
            await _channel.BasicQos(0, _prefetch, false, cancellationToken).ConfigureAwait(false);
            _tag = await _consume(consumerTag, cancellationToken).ConfigureAwait(false);
            live.Opened(this);
            return _tag;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The consumer knows its first tag only: whatever it cancels is the current one.</summary>
    public override async Task BasicCancel(string consumerTag, CancellationToken cancellationToken)
    {
        _ended = true;
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _consumer?.EndsWith(_tag);
            await _channel.BasicCancel(_consume is null ? consumerTag : _tag, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public override async ValueTask BasicAck(ulong deliveryTag, bool multiple, CancellationToken cancellationToken)
    {
        await _deliveries.BeforeSettle(deliveryTag).ConfigureAwait(false);
        await _channel.BasicAck(deliveryTag, multiple, cancellationToken).ConfigureAwait(false);
    }

    public override async Task BasicNack(ulong deliveryTag, bool multiple, bool requeue, CancellationToken cancellationToken)
    {
        await _deliveries.BeforeSettle(deliveryTag).ConfigureAwait(false);
        await _channel.BasicNack(deliveryTag, multiple, requeue, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>false when the channel closed or the consumer ended: the next channel begins with the live value</returns>
    public async Task<bool> HandOverAsync(ushort prefetch)
    {
        await _one.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_consume is null || !IsOpen) return false;
            await _channel.BasicQos(0, prefetch, false, CancellationToken).ConfigureAwait(false);
            var (old, oldPrefetch) = (_tag, _prefetch);
            _tag = await _consume("", CancellationToken).ConfigureAwait(false);
            _prefetch = prefetch;
            await RetireAsync(old, oldPrefetch).ConfigureAwait(false);
            return true;
        }
        catch (Exception) when (!_channel.Channel.IsOpen || CancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            // Half done on a channel that still lives (an answer that never came): two consumers may be running on it.
            // Close it; the endpoint opens another one with the live value. A delivery that meets the close can end the
            // connection with it (the client's reader finds a disposed dispatcher), so what had been lost is asked before.
            var lost = !_channel.ConnectionContext.Connection.IsOpen;
            try
            {
                await _channel.Channel.CloseAsync(Constants.InternalError, "prefetch hand-over failed", abort: true, CancellationToken.None)
                    .ConfigureAwait(false);
            }
            catch (Exception)
            {
                // It was closing already.
            }
            lost |= e is IOException && !_channel.ConnectionContext.Connection.IsOpen; // the socket knew it first
            if (lost) return false;
            if (e is OperationCanceledException) throw new TimeoutException("The broker did not answer a request of the hand-over.", e); // so the client ends what is not answered
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task RetireAsync(string tag, ushort prefetch)
    {
        var full = _deliveries.Retire(tag, prefetch);
        try
        {
            var begun = live.Time.GetTimestamp();
            while (!full.IsCompleted)
            {
                await Task.WhenAny(full, Task.Delay(TimeSpan.FromMilliseconds(QuietMilliseconds / 2), live.Time, CancellationToken)).ConfigureAwait(false);
                var waited = live.Time.GetElapsedTime(begun).TotalMilliseconds;
                if (full.IsCompleted || _ended || waited > MaxMillisecondsToFill) break;
                CancellationToken.ThrowIfCancellationRequested();
                if (_deliveries.Quiet.TotalMilliseconds < QuietMilliseconds && waited < PatienceMilliseconds) continue;
                if ((await _channel.QueueDeclarePassive(_queue, CancellationToken).ConfigureAwait(false)).MessageCount == 0) break;
            }
            await _channel.BasicCancel(tag, CancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _deliveries.Retired();
        }
    }
}
