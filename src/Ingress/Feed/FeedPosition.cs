using System.Globalization;

namespace TreasureHunt.Ingress.Feed;

/// <summary>
/// A place in a hunt's feed: everything up to it has been told. It is the id of every event. A fact's place is its version. What a frozen
/// board held back is told when the board thaws, in order and just before the thaw itself: its place is the thaw's version, a point, its own version. So
/// 14, 15.12, 15.13, 15, 16 is in order, and going on after any of them misses nothing and repeats nothing.
/// </summary>
/// <param name="Version">stream version of the fact, or of the thaw that brought it</param>
/// <param name="HeldBack">the fact's own version when it had been held back</param>
public readonly record struct FeedPosition(long Version, long? HeldBack = null)
{
    /// <summary>Characters of the longest.</summary>
    public const int MaxLength = 39;

    public static bool TryParse(string text, out FeedPosition position)
    {
        var point = text.IndexOf('.');
        var (version, heldBack) = (0L, 0L);
        var read = text.Length <= MaxLength && Number(point < 0 ? text : text[..point], out version) && (point < 0 || Number(text[(point + 1)..], out heldBack));
        position = new FeedPosition(version, point < 0 ? null : heldBack);
        return read && (point < 0 || heldBack < version);

        static bool Number(string digits, out long value) => long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    public override string ToString() => HeldBack is { } own
        ? string.Create(CultureInfo.InvariantCulture, $"{Version}.{own}")
        : Version.ToString(CultureInfo.InvariantCulture);

    /// <returns>bytes written, at most <see cref="MaxLength"/></returns>
    public int Write(Span<byte> to)
    {
        Version.TryFormat(to, out var written, provider: CultureInfo.InvariantCulture);
        if (HeldBack is not { } own) return written;
        to[written++] = (byte)'.';
        own.TryFormat(to[written..], out var more, provider: CultureInfo.InvariantCulture);
        return written + more;
    }
}
