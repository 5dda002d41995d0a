namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// Where a process reads its settings: one volatile reference. Only the settings subscription replaces it. Governors
/// that must act on a change (a gate, a prefetch) subscribe to <see cref="Changed"/>; everybody else just reads.
/// </summary>
public sealed class LiveSettings(Settings initial)
{
    private volatile Settings _current = initial;

    public Settings Current => _current;

    /// <summary>Raised after the swap, one change at a time, on the subscription's thread. Handlers must not block.</summary>
    public event Action<Settings>? Changed;

    public void Replace(Settings next)
    {
        _current = next;
        Changed?.Invoke(next);
    }
}
