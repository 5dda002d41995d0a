using Marten;
using Npgsql;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>What the settings are weighed against: the processes that are there, the lanes, the database's limit.</summary>
public sealed class FleetKnowledge(IDocumentStore store, HuntOptions options, TimeProvider time)
{
    public async Task<FleetFacts> LookAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var now = time.GetUtcNow();
        var receipts = (await session.Query<SettingsReceipt>().ToListAsync(cancel)).Where(receipt => !receipt.IsAway(now)); // who is away holds no connection
        await using var limit = new NpgsqlCommand("select setting::int from pg_settings where name = 'max_connections'");
        await using var rows = await session.ExecuteReaderAsync(limit, cancel);
        await rows.ReadAsync(cancel);
        return new FleetFacts(
            [.. receipts.Select(receipt => new SettingsSubject(receipt.Service, receipt.Instance, receipt.Group)).OrderBy(subject => subject.Instance, StringComparer.Ordinal)],
            options.Lanes, rows.GetInt32(0));
    }
}
