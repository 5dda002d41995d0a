namespace TreasureHunt.Prefetch;

/// <summary>
/// The prefetch of one receive endpoint, changeable while it runs. RabbitMQ fixes a consumer's prefetch when the consumer
/// starts, so a change is a hand-over on the same channel: basic.qos(n), basic.consume under a new tag, basic.cancel of the
/// old tag. Deliveries of the old consumer stay valid on the channel, so nothing is returned or redelivered. The cut is soft:
/// until the old consumer's deliveries are acknowledged, the old and the new window may both be out.
/// For competing consumers only: with a single active or exclusive consumer the queue would move or refuse.
/// Thread-safe.
/// </summary>
public sealed class LivePrefetch
{
    /// <summary>Above some 100 to 300 a larger prefetch brings nothing more.</summary>
    public const int DefaultCeiling = 256;

    /// <summary>Changes that come faster are coalesced, the last wins.</summary>
    public const int MillisecondsBetweenHandOvers = 50;

    private readonly Lock _lock = new();

    // All below under _lock.
    private int _wanted;
    private PrefetchHandOver? _consumer;
    private TaskCompletionSource? _waiting;
    private bool _changing;
    private long _lastChange, _handOvers;
    private bool _taken;

    /// <summary>A prefetch for one endpoint.</summary>
    /// <param name="initial">messages unacknowledged at once, 1 to <paramref name="ceiling"/></param>
    /// <param name="ceiling">
    /// largest prefetch ever, 1 to 65535; fixes how many messages the channel can dispatch at once, which costs a waiting task each
    /// </param>
    /// <param name="time">for tests; null: the system's</param>
    /// <exception cref="ArgumentOutOfRangeException">outside these limits</exception>
    public LivePrefetch(int initial, int ceiling = DefaultCeiling, TimeProvider? time = null)
    {
        if (ceiling is < 1 or > ushort.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(ceiling), ceiling, $"A ceiling is 1 to {ushort.MaxValue} messages.");
        (Ceiling, Time) = (ceiling, time ?? TimeProvider.System);
        _wanted = Checked(initial);
    }

    /// <summary>Largest prefetch ever, set at start.</summary>
    public int Ceiling { get; }

    /// <summary>What was asked for last; the next channel begins with it.</summary>
    public int Wanted { get { lock (_lock) return _wanted; } }

    /// <summary>What the broker works by; 0 while nothing consumes.</summary>
    public int InForce { get { lock (_lock) return _consumer is { IsOpen: true } open ? open.Prefetch : 0; } }

    /// <summary>Changes carried out on open channels.</summary>
    public long HandOvers { get { lock (_lock) return _handOvers; } }

    internal TimeProvider Time { get; }

    /// <summary>
    /// Asks for another prefetch. The task completes when it, or one asked for later, is in force; at once while no
    /// channel is open, for the next one begins with it. A lost connection is no error: the endpoint's next channel begins
    /// with the value asked for last.
    /// </summary>
    /// <param name="prefetch">1 to <see cref="Ceiling"/></param>
    /// <param name="cancel">ends the waiting; the value stays asked for</param>
    /// <exception cref="ArgumentOutOfRangeException">0, negative, or more than the ceiling</exception>
    /// <exception cref="OperationCanceledException">cancelled while waiting</exception>
    /// <exception cref="Exception">
    /// the broker did not answer on an open channel; the channel was closed and the next one begins with the value
    /// </exception>
    public async Task<PrefetchChange> SetAsync(int prefetch, CancellationToken cancel = default)
    {
        var begun = Time.GetTimestamp();
        await Ask(Checked(prefetch)).WaitAsync(cancel).ConfigureAwait(false);
        return new PrefetchChange(InForce, Time.GetElapsedTime(begun));
    }

    /// <summary>Two endpoints would each believe the other's consumer to be theirs.</summary>
    internal void TakeBy(string endpoint)
    {
        lock (_lock)
        {
            if (_taken) throw new InvalidOperationException($"This {nameof(LivePrefetch)} rules another endpoint already. Make one for {endpoint} too.");
            _taken = true;
        }
    }

    /// <summary>A channel consumes now, with a prefetch read from <see cref="Wanted"/> a moment ago.</summary>
    internal void Opened(PrefetchHandOver consumer)
    {
        lock (_lock)
        {
            _consumer = consumer;
            if (consumer.Prefetch != _wanted) Change();
        }
    }

    internal void Closed(PrefetchHandOver consumer)
    {
        lock (_lock)
        {
            if (_consumer == consumer) _consumer = null;
        }
    }

    private Task Ask(int prefetch)
    {
        lock (_lock)
        {
            _wanted = prefetch;
            if (_consumer is null) return Task.CompletedTask;
            if (!_changing && _consumer.Prefetch == prefetch) return Task.CompletedTask;
            return Change();
        }
    }

    /// <summary>Under the lock.</summary>
    private Task Change()
    {
        _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_changing)
        {
            _changing = true;
            _ = Task.Run(ChangeUntilSettledAsync);
        }
        return _waiting.Task;
    }

    private async Task ChangeUntilSettledAsync()
    {
        while (true)
        {
            TimeSpan rest;
            lock (_lock) rest = _handOvers == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(MillisecondsBetweenHandOvers) - Time.GetElapsedTime(_lastChange);
            if (rest > TimeSpan.Zero) await Task.Delay(rest, Time).ConfigureAwait(false);

            PrefetchHandOver? consumer;
            int prefetch;
            TaskCompletionSource waiting;
            lock (_lock)
            {
                if (_waiting is null)
                {
                    _changing = false;
                    return;
                }
                (waiting, _waiting) = (_waiting, null);
                (consumer, prefetch) = (_consumer, _wanted);
            }
            try
            {
                if (consumer is not null && consumer.Prefetch != prefetch && await consumer.HandOverAsync((ushort)prefetch).ConfigureAwait(false))
                {
                    lock (_lock)
                    {
                        _lastChange = Time.GetTimestamp();
                        _handOvers++;
                    }
                }
                waiting.SetResult();
            }
            catch (Exception e)
            {
                waiting.SetException(e);
                _ = waiting.Task.Exception; // nobody may be waiting: the value stays asked for all the same
            }
        }
    }

    private int Checked(int prefetch) =>
        prefetch >= 1 && prefetch <= Ceiling
            ? prefetch
            : throw new ArgumentOutOfRangeException(nameof(prefetch), prefetch,
                $"A prefetch is 1 to {Ceiling}, the ceiling set at start{(prefetch == 0 ? "; to RabbitMQ 0 means without a limit, not a pause" : "")}.");
}
