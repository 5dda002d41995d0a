using System.Buffers;
using TreasureHunt.Ingress.Views;

namespace TreasureHunt.Ingress.Feed;

/// <summary>
/// One client's way through a hunt's facts: it leaves out what the client may not hear, and tells what a freeze held back when it is released. What it says
/// depends on the stream and the client alone, so it is the same again from any place. Not thread-safe.
/// </summary>
/// <param name="position">everything up to it has been told</param>
/// <param name="live">an organiser hears all at once</param>
/// <param name="player">hears also what is between its team and the organisers; null: whoever plays in no team</param>
public sealed class FeedCursor(HuntFeed feed, FeedPosition position, bool live, string? player)
{
    private Membership? _own = MembershipAt(feed, player, position.Version);

    public FeedPosition Position { get; private set; } = position;

    /// <summary>There is more to go through at once.</summary>
    public bool IsBehind => Position.HeldBack is not null || Position.Version < feed.UpTo;

    /// <summary>Goes on by one part and writes what the client hears of it.</summary>
    /// <exception cref="Npgsql.NpgsqlException">the store does not answer</exception>
    public ValueTask<FeedStep> StepAsync(IBufferWriter<byte> to, CancellationToken cancel) =>
        Position.HeldBack is { } told ? ReleaseAsync(to, Position.Version, told, cancel) : GoOnAsync(to, cancel);

    private async ValueTask<FeedStep> GoOnAsync(IBufferWriter<byte> to, CancellationToken cancel)
    {
        var part = await feed.AfterAsync(Position.Version, cancel);
        var step = new FeedStep(false, FromStore: !part.IsLive);
        for (var i = 0; i < part.Entries.Length; i++)
        {
            var entry = part.Entries.Span[i];
            if (!live && entry.Releases is { } first)
            {
                Position = new FeedPosition(entry.Version, first - 1); // what it held back comes first
                return step;
            }
            if (player is not null && entry.Player == player) _own = new Membership(entry.Team!, entry.Version);
            if (!live && !IsOwn(entry) && (entry.TeamOnly || entry.HeldBack)) continue;
            FeedText.Event(to, new FeedPosition(entry.Version), entry);
            step = step with { Wrote = true, LiveSince = part.IsLive ? step.LiveSince ?? entry.At : null };
        }
        Position = new FeedPosition(part.UpTo);
        return step;
    }

    /// <summary>What was held back and has not been told, then the thaw itself.</summary>
    private async ValueTask<FeedStep> ReleaseAsync(IBufferWriter<byte> to, long thaw, long told, CancellationToken cancel)
    {
        var part = await feed.AfterAsync(told, cancel);
        var step = default(FeedStep);
        for (var i = 0; i < part.Entries.Length; i++)
        {
            var entry = part.Entries.Span[i];
            if (entry.Version == thaw)
            {
                Position = new FeedPosition(thaw);
                FeedText.Event(to, Position, entry);
                return new FeedStep(true);
            }
            if (live || !entry.HeldBack || entry.TeamOnly || IsOwn(entry)) continue;
            FeedText.Event(to, new FeedPosition(thaw, entry.Version), entry);
            step = new FeedStep(true);
        }
        Position = new FeedPosition(thaw, part.UpTo);
        return step;
    }

    private bool IsOwn(FeedEntry entry) => _own is { } own && entry.Team == own.Team && entry.Version >= own.Since;

    private static Membership? MembershipAt(HuntFeed feed, string? player, long version) => player is null
        ? null
        : feed.Keeper.Read((_, pages, _) => pages.MembershipOf(player)) is { } own && own.Since <= version ? own : null;
}

/// <param name="Wrote">something was written</param>
/// <param name="FromStore">it was too far back for memory; what a thaw releases does not count</param>
/// <param name="LiveSince">when the oldest of it that came live was accepted</param>
public readonly record struct FeedStep(bool Wrote, bool FromStore = false, DateTimeOffset? LiveSince = null);
