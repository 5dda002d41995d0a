using TreasureHunt.ConfigService.Http;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.OpenApi;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>Who works by which version, and how long it took.</summary>
public static class FleetEndpoints
{
    /// <summary>Versions a page of the convergence holds when nothing is said.</summary>
    public const int DefaultVersions = 50;

    public static void MapFleet(this WebApplication app)
    {
        var read = app.MapGroup("/settings").MayReadSettings();
        read.MapGet("/receipts", ReceiptsAsync)
            .WithName("listReceipts").WithTags("Fleet").WithSummary("What every process last said about the settings")
            .Produces<FleetReceipts>().ProducesProblems(401, 403, 503);
        read.MapGet("/fleet", FleetAsync)
            .WithName("getFleet").WithTags("Fleet").WithSummary("Who works by which version, and where values differ from those desired")
            .Produces<FleetView>().ProducesProblems(401, 403, 503);
        read.MapGet("/convergence", ConvergenceAsync)
            .WithName("getConvergence").WithTags("Fleet").WithSummary("How long changes took to be in force everywhere")
            .Produces<SettingsConvergence>().ProducesProblems(400, 401, 403, 503);
    }

    private static Task<IResult> ReceiptsAsync(HttpContext context, SettingsLog log, ReceiptLog receipts) => Answers.WithStoreAsync(async cancel =>
        Answers.Of(
            new FleetReceipts((await log.ReadAsync(cancel)).State.Version, InOrder(await receipts.LatestAsync(cancel))), Wire.Default.FleetReceipts), context);

    private static Task<IResult> FleetAsync(HttpContext context, SettingsLog log, ReceiptLog receipts, TimeProvider time) =>
        Answers.WithStoreAsync(async cancel =>
        {
            var desired = (await log.ReadAsync(cancel)).State;
            var latest = await receipts.LatestAsync(cancel);
            var heard = SettingsReceipt.LastHeard(latest, time.GetUtcNow());
            var settled = await receipts.SettledAsync(cancel);
            var converged = settled == 0 ? null : (await receipts.ConvergenceAsync(settled, settled, cancel)).SingleOrDefault();
            return Answers.Of(
                new FleetView(desired.Version, [.. InOrder(latest).Select(receipt => FleetInstance.Of(receipt, desired, heard))], converged),
                Wire.Default.FleetView);
        }, context);

    /// <param name="after">a version: those after it; without it the last there are</param>
    private static Task<IResult> ConvergenceAsync(HttpContext context, ReceiptLog receipts, string? after = null, string? limit = null) =>
        Answers.WithStoreAsync(async cancel =>
        {
            if (!Requests.TryNumber("after", after, 0, long.MaxValue - SettingsLog.MaxHistory, null, out var from, out var problem)) return problem!;
            if (!Requests.TryNumber("limit", limit, 1, SettingsLog.MaxHistory, DefaultVersions, out var most, out problem)) return problem!;
            var first = from is { } version ? version + 1 : Math.Max(1, await receipts.SettledAsync(cancel) - most!.Value + 1);
            return Answers.Of(new SettingsConvergence(await receipts.ConvergenceAsync(first, first + most!.Value - 1, cancel)), Wire.Default.SettingsConvergence);
        }, context);

    private static IReadOnlyList<SettingsReceipt> InOrder(IEnumerable<SettingsReceipt> receipts) =>
        [.. receipts.OrderBy(receipt => receipt.Service, StringComparer.Ordinal).ThenBy(receipt => receipt.Instance, StringComparer.Ordinal)];
}
