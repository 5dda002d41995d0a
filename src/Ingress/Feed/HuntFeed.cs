using TreasureHunt.Ingress.Views;

namespace TreasureHunt.Ingress.Feed;

/// <summary>
/// One followed hunt: the past from the store, the present from memory, without a seam, for both are the same stream. Thread-safe.
/// </summary>
public sealed class HuntFeed(string hunt, ViewKeeper keeper, FeedPages pages)
{
    private readonly FeedLog _log = keeper.Follow();

    public string Hunt { get; } = hunt;

    public ViewKeeper Keeper { get; } = keeper;

    public long UpTo => _log.UpTo;

    /// <inheritdoc cref="FeedLog.More"/>
    public Task More => _log.More;

    /// <summary>What follows a version that the hunt has reached.</summary>
    /// <exception cref="Npgsql.NpgsqlException">the store does not answer</exception>
    public async ValueTask<FeedPart> AfterAsync(long version, CancellationToken cancel)
    {
        if (_log.PartAfter(version) is { } kept) return kept;
        // A whole page, or what of it there was when the log began: a version that the log has forgotten has a page behind it.
        var after = version - version % FeedPages.FactsPerPage;
        var upTo = after + FeedPages.FactsPerPage <= _log.UpTo ? after + FeedPages.FactsPerPage : _log.Start;
        var page = await pages.ReadAsync(Hunt, after, upTo, Keeper, cancel);
        var first = 0;
        while (first < page.Length && page[first].Version <= version) first++;
        return new FeedPart(page.AsMemory(first), upTo, IsLive: false);
    }
}
