using Marten;
using Npgsql;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>What the settings are weighed against: the processes that are there, the lanes, the database's limit. Thread-safe.</summary>
public sealed class FleetKnowledge(IDocumentStore store, StoreCalls calls, ReceiptLog log, HuntOptions options, TimeProvider time)
{
    /// <summary>What was looked up is good for this long: a storm of changes asks once.</summary>
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1);
    private FleetFacts? _facts;
    private long _looked;

    public async Task<FleetFacts> LookAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            if (_facts is { } known && time.GetElapsedTime(_looked) < GoodFor) return known;
            _facts = await AskAsync(cancel);
            _looked = time.GetTimestamp();
            return _facts;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<FleetFacts> AskAsync(CancellationToken cancel)
    {
        var there = SettingsReceipt.There(await log.LatestAsync(cancel), time.GetUtcNow()); // who is away holds no connection
        var connections = await calls.RepeatableAsync(async attempt =>
        {
            await using var session = store.QuerySession();
            await using var limit = new NpgsqlCommand("select setting::int from pg_settings where name = 'max_connections'");
            await using var rows = await session.ExecuteReaderAsync(limit, attempt);
            await rows.ReadAsync(attempt);
            return rows.GetInt32(0);
        }, cancel);
        return new FleetFacts([.. there.Select(receipt => receipt.Subject).OrderBy(subject => subject.Instance, StringComparer.Ordinal)], options.Lanes, connections)
        {
            MemoryMiB = there.Where(receipt => receipt.MemoryMiB is not null).ToDictionary(receipt => receipt.Instance, receipt => receipt.MemoryMiB!.Value),
        };
    }
}
