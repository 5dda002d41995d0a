using System.Text;

namespace TreasureHunt.Contracts.Lanes;

/// <summary>
/// Which lane a hunt belongs to. Specified so that any language can compute it: FNV-1a 64 bit over the UTF-8 bytes of
/// the hunt's slug (offset basis 0xcbf29ce484222325, prime 0x100000001b3), modulo the lane count.
/// Changing it would move hunts between ordered queues, so it never changes.
/// </summary>
public static class LaneHash
{
    public const int DefaultLaneCount = 8;

    public static ulong Of(string hunt)
    {
        ArgumentNullException.ThrowIfNull(hunt);
        const ulong prime = 0x100000001b3;
        var hash = 0xcbf29ce484222325;
        Span<byte> utf8 = stackalloc byte[256];
        var bytes = Encoding.UTF8.TryGetBytes(hunt, utf8, out var written) ? utf8[..written] : Encoding.UTF8.GetBytes(hunt);
        foreach (var b in bytes) hash = unchecked((hash ^ b) * prime);
        return hash;
    }

    /// <summary>Lane in [0, <paramref name="lanes"/>).</summary>
    public static int LaneOf(string hunt, int lanes) => (int)(Of(hunt) % (ulong)lanes);
}
