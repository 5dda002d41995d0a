namespace TreasureHunt.Ingress.Feed;

/// <summary>
/// The latest entries of a followed hunt, in stream order, shared by all its clients: each of them is only a place in it. Whoever falls behind what is
/// kept reads the store. The keeper of the view adds, under its own lock. Thread-safe.
/// </summary>
/// <param name="start">version the hunt stands at</param>
public sealed class FeedLog(long start)
{
    public const int MaxEntriesKept = 1_024, MaxEntriesPerPart = 64;

    private readonly Lock _lock = new();

    // All below under _lock.
    private readonly FeedEntry[] _kept = new FeedEntry[MaxEntriesKept];
    private long _added;
    private long _after = start, _upTo = start, _wokenAt = start;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Version the hunt stood at when the log began.</summary>
    public long Start { get; } = start;

    public long UpTo
    {
        get { lock (_lock) return _upTo; }
    }

    /// <summary>Completes when the log goes on. Take it before looking into the log.</summary>
    public Task More
    {
        get { lock (_lock) return _more.Task; }
    }

    public void Add(FeedEntry entry)
    {
        lock (_lock)
        {
            ref var slot = ref _kept[_added++ % MaxEntriesKept];
            if (slot is not null) _after = slot.Version;
            slot = entry;
            _upTo = entry.Version;
        }
    }

    /// <summary>Nothing else is to come up to the version: wakes whoever waits for more.</summary>
    public void Reach(long version)
    {
        TaskCompletionSource wake;
        lock (_lock)
        {
            _upTo = Math.Max(_upTo, version);
            if (_upTo == _wokenAt) return;
            _wokenAt = _upTo;
            wake = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        wake.SetResult();
    }

    /// <returns>null: so far back is not kept any more</returns>
    public FeedPart? PartAfter(long version)
    {
        lock (_lock)
        {
            if (version < _after) return null;
            var (first, end) = (FirstAfter(version), _added);
            var entries = new FeedEntry[(int)Math.Min(MaxEntriesPerPart, end - first)];
            for (var i = 0; i < entries.Length; i++) entries[i] = _kept[(first + i) % MaxEntriesKept];
            return new FeedPart(entries, first + entries.Length < end ? entries[^1].Version : Math.Max(version, _upTo), IsLive: true);
        }
    }

    private long FirstAfter(long version)
    {
        var (low, high) = (Math.Max(0, _added - MaxEntriesKept), _added);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_kept[middle % MaxEntriesKept].Version <= version) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

/// <summary>What a feed goes on with: entries in order, and the version up to which nothing is missing in them.</summary>
/// <param name="IsLive">from memory, not from the store</param>
public readonly record struct FeedPart(ReadOnlyMemory<FeedEntry> Entries, long UpTo, bool IsLive);
