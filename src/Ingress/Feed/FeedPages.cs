using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults.Memory;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Feed;

/// <summary>
/// The past of hunts for those who resume or fall behind: pages of the stream that never change, read and encoded once however many ask, and few
/// at a time. Thread-safe.
/// </summary>
public sealed class FeedPages(FactReader facts)
{
    public const int FactsPerPage = 256, MaxPagesPerGeneration = 128, MaxReadsAtOnce = 2;

    private readonly TwoGenerations<(string Hunt, long After, long UpTo), Lazy<Task<FeedEntry[]>>> _pages = new(MaxPagesPerGeneration);
    private readonly SemaphoreSlim _reads = new(MaxReadsAtOnce);

    /// <summary>The entries of the facts in (after, upTo], which the keeper's view has passed.</summary>
    /// <exception cref="Npgsql.NpgsqlException">the store does not answer</exception>
    /// <exception cref="UnknownFactException">the stream holds a fact this build does not know</exception>
    public async ValueTask<FeedEntry[]> ReadAsync(string hunt, long after, long upTo, ViewKeeper keeper, CancellationToken cancel)
    {
        var key = (hunt, after, upTo);
        var page = _pages.GetOrAdd(key, _ => new Lazy<Task<FeedEntry[]>>(() => Task.Run(() => LoadAsync(hunt, after, upTo, keeper), CancellationToken.None)));
        try
        {
            return await page.Value.WaitAsync(cancel);
        }
        catch when (page.Value.IsFaulted)
        {
            _pages.Remove(key);
            throw;
        }
    }

    private async Task<FeedEntry[]> LoadAsync(string hunt, long after, long upTo, ViewKeeper keeper)
    {
        await _reads.WaitAsync();
        try
        {
            var entries = new List<FeedEntry>();
            foreach (var stored in await facts.RangeAsync(hunt, after, upTo))
                if (FeedEntry.Of(stored, keeper.Freezes) is { } entry) entries.Add(entry);
            return [.. entries];
        }
        finally
        {
            _reads.Release();
        }
    }
}
