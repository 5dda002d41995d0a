namespace TreasureHunt.ServiceDefaults.Bus.Prefetch;

/// <summary>
/// The prefetch of one receive endpoint, changeable while it runs. RabbitMQ fixes a consumer's prefetch when the consumer
/// starts, so a change is a hand-over on the same channel: basic.qos(n), basic.consume under a new tag, basic.cancel of the
/// old tag. Deliveries of the old consumer stay valid on the channel, so nothing is returned or redelivered; until they are
/// acknowledged the old and the new window may both be out.
/// For competing consumers only: with a single active or exclusive consumer the queue would move or refuse.
/// Thread-safe.
/// </summary>
/// <param name="initial">messages unacknowledged at once, 1 to <paramref name="ceiling"/></param>
/// <param name="ceiling">largest prefetch ever; fixes how many messages the channel can dispatch at once</param>
public sealed class LivePrefetch(ushort initial, ushort ceiling = LivePrefetch.DefaultCeiling, TimeProvider? time = null)
{
    public const ushort DefaultCeiling = 256;

    /// <summary>Changes that come faster are coalesced, the last wins.</summary>
    public const int MillisecondsBetweenHandOvers = 50;

    private readonly Lock _lock = new();

    // All below under _lock.
    private ushort _wanted = Checked(initial, ceiling);
    private PrefetchHandOver? _consumer;
    private TaskCompletionSource? _waiting;
    private bool _changing;
    private long _lastChange;

    public ushort Ceiling { get; } = ceiling;

    internal TimeProvider Time { get; } = time ?? TimeProvider.System;

    /// <summary>What was asked for last; the next channel begins with it.</summary>
    public ushort Wanted { get { lock (_lock) return _wanted; } }

    /// <summary>What the broker works by; 0 while nothing consumes.</summary>
    public ushort InForce { get { lock (_lock) return _consumer?.Prefetch ?? 0; } }

    /// <summary>Changes carried out on open channels.</summary>
    public long HandOvers { get; private set; }

    /// <summary>
    /// Asks for another prefetch. The task completes when it, or one asked for later, is in force; at once while no
    /// channel is open, for the next one begins with it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">0, or more than the ceiling</exception>
    public Task Set(ushort prefetch)
    {
        Checked(prefetch, Ceiling);
        lock (_lock)
        {
            _wanted = prefetch;
            if (_consumer is null) return Task.CompletedTask;
            if (!_changing && _consumer.Prefetch == prefetch) return Task.CompletedTask;
            return Change();
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
            var rest = TimeSpan.FromMilliseconds(MillisecondsBetweenHandOvers) - Time.GetElapsedTime(_lastChange);
            if (HandOvers > 0 && rest > TimeSpan.Zero) await Task.Delay(rest, Time).ConfigureAwait(false);

            PrefetchHandOver? consumer;
            ushort prefetch;
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
                if (consumer is not null && consumer.Prefetch != prefetch && await consumer.HandOverAsync(prefetch).ConfigureAwait(false))
                {
                    _lastChange = Time.GetTimestamp();
                    HandOvers++;
                }
                waiting.SetResult();
            }
            catch (Exception e)
            {
                waiting.SetException(e);
            }
        }
    }

    private static ushort Checked(ushort prefetch, ushort ceiling) =>
        prefetch >= 1 && prefetch <= ceiling
            ? prefetch
            : throw new ArgumentOutOfRangeException(nameof(prefetch), prefetch, $"A prefetch is 1 to {ceiling}, the ceiling set at start.");
}
