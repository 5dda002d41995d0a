using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace TreasureHunt.ServiceDefaults.Bus.Prefetch;

/// <summary>
/// One channel whose single consumer can be replaced unseen: puts the live value in the place of the configured one,
/// remembers how the consumer was started, and maps its first tag to the current one. Everything else passes through.
/// </summary>
internal sealed class PrefetchHandOver(ChannelContext channel, LivePrefetch live) : ChannelContextDecorator(channel)
{
    // One at a time: start, hand-over, cancel. Guards all fields below.
    private readonly SemaphoreSlim _one = new(1);
    private readonly ChannelContext _channel = channel;
    private Func<string, CancellationToken, Task<string>>? _consume;
    private SteadyConsumer? _consumer;
    private string _tag = "";
    private bool _ended;
    private volatile ushort _prefetch;

    public ushort Prefetch => _prefetch;

    public override Task BasicQos(uint prefetchSize, ushort prefetchCount, bool global, CancellationToken cancellationToken) =>
        _channel.BasicQos(prefetchSize, global ? prefetchCount : live.Wanted, global, cancellationToken);

    public override async Task<string> BasicConsume(
        string queue, bool noAck, bool exclusive, IDictionary<string, object> arguments, IAsyncBasicConsumer consumer, string consumerTag,
        CancellationToken cancellationToken)
    {
        if (exclusive) throw new InvalidOperationException($"The consumer of '{queue}' is exclusive: a live prefetch needs a second one for a moment.");
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_consume is not null) throw new InvalidOperationException("A channel with a live prefetch has one consumer.");
            var steady = _consumer = new SteadyConsumer(consumer);
            _consume = (tag, cancel) => _channel.BasicConsume(queue, noAck, exclusive, arguments, steady, tag, cancel);
            _prefetch = live.Wanted;
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
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _ended = true;
            _consumer?.EndsWith(_tag);
            await _channel.BasicCancel(_consume is null ? consumerTag : _tag, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <returns>false when the channel closed or the consumer ended: the next channel begins with the live value</returns>
    public async Task<bool> HandOverAsync(ushort prefetch)
    {
        await _one.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_ended || _consume is null || !_channel.Channel.IsOpen) return false;
            await _channel.BasicQos(0, prefetch, false, CancellationToken).ConfigureAwait(false);
            var old = _tag;
            _tag = await _consume("", CancellationToken).ConfigureAwait(false);
            _prefetch = prefetch;
            await _channel.BasicCancel(old, CancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception) when (!_channel.Channel.IsOpen || CancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception)
        {
            // Half done on a channel that still lives (an answer that never came): two consumers may be running on it.
            // Close it; the endpoint opens another one with the live value.
            await _channel.Channel.CloseAsync(Constants.InternalError, "prefetch hand-over failed", abort: true, CancellationToken.None)
                .ConfigureAwait(false);
            throw;
        }
        finally
        {
            _one.Release();
        }
    }
}
