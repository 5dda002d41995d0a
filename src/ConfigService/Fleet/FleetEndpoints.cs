using Marten;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>Who works by which version.</summary>
public static class FleetEndpoints
{
    /// <summary>Instances shown at most, the ones heard of last.</summary>
    public const int MaxInstances = 1000;

    public static void MapFleet(this WebApplication app) =>
        app.MapGroup("/settings/receipts").MayReadSettings().MapGet("", (HttpContext context, SettingsLog log, IDocumentStore store) =>
            SettingsEndpoints.WithStoreAsync(async cancel =>
            {
                var version = (await log.ReadAsync(cancel)).State.Version;
                await using var session = store.QuerySession();
                var receipts = await session.Query<SettingsReceipt>().OrderByDescending(receipt => receipt.At).Take(MaxInstances).ToListAsync(cancel);
                return SettingsEndpoints.Answer(
                    new FleetReceipts(version, [.. receipts.OrderBy(receipt => receipt.Service).ThenBy(receipt => receipt.Instance)]),
                    Wire.Default.FleetReceipts);
            }, context));
}
