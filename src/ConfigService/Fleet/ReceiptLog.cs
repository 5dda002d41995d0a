using Marten;
using Npgsql;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>
/// Receipts as events: everything an instance ever answered is in a stream of its own, the latest as a document beside it.
/// Also the stream of what became of each version. Thread-safe.
/// </summary>
public sealed class ReceiptLog(IDocumentStore store, StoreCalls calls)
{
    /// <summary>Instances looked at, the ones heard of last.</summary>
    public const int MaxInstances = 1000;

    /// <summary>Takes receipts in, in one transaction. One that is older than what is known is kept in its stream and replaces nothing; a repetition only moves the time it was last seen.</summary>
    /// <returns>is there an answer among them, and not only repetitions?</returns>
    public async Task<bool> TakeAsync(IReadOnlyList<SettingsReceipt> receipts, CancellationToken cancel)
    {
        var answers = false;
        await calls.OnceAsync(async (_, attempt) => answers = await TakeOnceAsync(receipts, attempt), receipts, cancel); // the queue keeps them until they are stored
        return answers;
    }

    private async Task<bool> TakeOnceAsync(IReadOnlyList<SettingsReceipt> receipts, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(cancel);
        // What is known is read and replaced: two ConfigServices one after the other, or an older receipt would replace a newer.
        await session.ExecuteAsync(new NpgsqlCommand($"select pg_advisory_xact_lock({SettingsStore.ReceiptsLock})"), cancel);
        var known = (await session.LoadManyAsync<LatestReceipt>(cancel, [.. receipts.Select(receipt => receipt.Instance).Distinct()]))
            .ToDictionary(latest => latest.Instance, latest => latest.Receipt);
        var newer = new Dictionary<string, SettingsReceipt>();
        var answers = false;
        foreach (var receipt in receipts)
        {
            var latest = known.GetValueOrDefault(receipt.Instance);
            if (!receipt.Repeats(latest))
            {
                session.Events.Append(SettingsReceipt.StreamOf(receipt.Instance), receipt);
                answers = true;
            }
            if (latest is null || latest.At <= receipt.At) newer[receipt.Instance] = known[receipt.Instance] = receipt;
        }
        session.Store(newer.Values.Select(receipt => new LatestReceipt(receipt.Instance, receipt.Seen ?? receipt.At, receipt)));
        await session.SaveChangesAsync(cancel);
        return answers;
    }

    /// <summary>The latest receipt of every instance that ever answered.</summary>
    public async Task<IReadOnlyList<SettingsReceipt>> LatestAsync(CancellationToken cancel) =>
        await calls.RepeatableAsync<IReadOnlyList<SettingsReceipt>>(async attempt =>
        {
            await using var session = store.QuerySession();
            var latest = await session.Query<LatestReceipt>().OrderByDescending(latest => latest.Seen).Take(MaxInstances).ToListAsync(attempt);
            return [.. latest.Select(latest => latest.Receipt)];
        }, cancel);

    /// <summary>What was answered after an event of the settings stream was stored.</summary>
    /// <param name="sequence">of that event: no answer to it can be stored before it</param>
    public async Task<IReadOnlyList<SettingsReceipt>> AnsweredAfterAsync(long sequence, CancellationToken cancel) =>
        await calls.RepeatableAsync<IReadOnlyList<SettingsReceipt>>(async attempt =>
        {
            await using var session = store.QuerySession();
            var stored = await session.Events.QueryAllRawEvents()
                .Where(answer => answer.Sequence > sequence && answer.EventTypeName == SettingsReceipt.StoredName).ToListAsync(attempt);
            return [.. stored.Select(answer => (SettingsReceipt)answer.Data)];
        }, cancel);

    /// <summary>The last version that is settled; 0: none.</summary>
    public async Task<long> SettledAsync(CancellationToken cancel) =>
        await calls.RepeatableAsync(async attempt =>
        {
            await using var session = store.QuerySession();
            return (await session.Events.FetchStreamStateAsync(SettingsConverged.Stream, attempt))?.Version ?? 0;
        }, cancel);

    /// <summary>What became of versions, in order.</summary>
    /// <param name="last">0: to the end</param>
    public async Task<IReadOnlyList<SettingsConverged>> ConvergenceAsync(long first, long last, CancellationToken cancel) =>
        await calls.RepeatableAsync<IReadOnlyList<SettingsConverged>>(async attempt =>
        {
            await using var session = store.QuerySession();
            var events = await session.Events.FetchStreamAsync(SettingsConverged.Stream, version: last, fromVersion: first, token: attempt);
            return [.. events.Select(stored => (SettingsConverged)stored.Data)];
        }, cancel);

    /// <summary>The n-th event is about version n, so two ConfigServices cannot settle a version twice.</summary>
    /// <returns>false: another was faster</returns>
    public async Task<bool> SettleAsync(IReadOnlyList<SettingsConverged> versions, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        session.Events.Append(SettingsConverged.Stream, versions[^1].Version, versions.Cast<object>()); // the version after it: refused when it is taken
        try
        {
            await calls.OnceAsync(static async (session, attempt) => await session.SaveChangesAsync(attempt), session, cancel);
            return true;
        }
        catch (Exception e) when (SettingsEvents.IsLostRace(e))
        {
            return false;
        }
    }
}
