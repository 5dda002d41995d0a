namespace TreasureHunt.Prefetch;

/// <summary>
/// What each consumer of a channel holds unacknowledged, and the means to retire one without a returned message: while its
/// acknowledgements are held back it can only fill up, and once it holds its whole prefetch nothing can be on the way to
/// it. A quorum queue returns what reaches the channel after the cancel (rabbit_fifo_client), so that moment is the one to
/// cancel in. Thread-safe; called for every delivery and every acknowledgement.
/// </summary>
internal sealed class OutstandingDeliveries(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, string> _consumerOf = [];
    private string? _retiring;
    private long _lastDelivery;
    private int _retiringHolds, _retiringPrefetch;
    private TaskCompletionSource _full = new(), _release = new();

    public void Delivered(ulong deliveryTag, string consumerTag)
    {
        lock (_lock)
        {
            _consumerOf[deliveryTag] = consumerTag;
            _lastDelivery = time.GetTimestamp();
            if (consumerTag == _retiring && ++_retiringHolds == _retiringPrefetch) _full.TrySetResult();
        }
    }

    /// <summary>Since the last delivery to any consumer of the channel.</summary>
    public TimeSpan Quiet { get { lock (_lock) return time.GetElapsedTime(_lastDelivery); } }

    /// <summary>To be awaited before a delivery is acknowledged.</summary>
    public Task BeforeSettle(ulong deliveryTag)
    {
        lock (_lock)
        {
            if (!_consumerOf.TryGetValue(deliveryTag, out var consumer)) return Task.CompletedTask;
            if (consumer == _retiring) return _release.Task;
            _consumerOf.Remove(deliveryTag);
            return Task.CompletedTask;
        }
    }

    /// <summary>Holds back the consumer's acknowledgements until <see cref="Retired"/>. One consumer at a time.</summary>
    /// <returns>completes when it holds its whole prefetch; never, when the queue has no more for it</returns>
    public Task Retire(string consumerTag, ushort prefetch)
    {
        lock (_lock)
        {
            _retiring = consumerTag;
            _retiringPrefetch = prefetch;
            _retiringHolds = _consumerOf.Values.Count(tag => tag == consumerTag);
            _full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_retiringHolds >= prefetch) _full.SetResult();
            return _full.Task;
        }
    }

    /// <summary>The consumer is cancelled: its acknowledgements may go.</summary>
    public void Retired()
    {
        lock (_lock)
        {
            foreach (var delivery in _consumerOf.Where(entry => entry.Value == _retiring).Select(entry => entry.Key).ToList())
                _consumerOf.Remove(delivery);
            _retiring = null;
            _release.TrySetResult();
        }
    }
}
