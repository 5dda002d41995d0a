using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Ingress.Views;

/// <summary>When the views folded what was announced last. One thread adds, any may look.</summary>
internal sealed class FoldedAnnouncements
{
    /// <summary>Each is a batch; some seconds of an engine at its limit.</summary>
    public const int MaxAnnouncements = 2_048;

    private readonly Announcement?[] _ring = new Announcement?[MaxAnnouncements];
    private long _added;

    public void Add(long at, List<HuntFacts> hunts) =>
        Volatile.Write(ref _ring[_added++ % MaxAnnouncements], new Announcement(at, [.. hunts.Select(hunt => (hunt.Hunt, hunt.After, hunt.UpTo))]));

    public long? Find(string hunt, long version)
    {
        for (var i = 0; i < MaxAnnouncements; i++)
        {
            if (Volatile.Read(ref _ring[i]) is not { } announcement) return null;
            foreach (var (folded, after, upTo) in announcement.Hunts)
                if (after < version && version <= upTo && folded == hunt) return announcement.At;
        }
        return null;
    }

    /// <param name="At">timestamp</param>
    private sealed record Announcement(long At, (string Hunt, long After, long UpTo)[] Hunts);
}
