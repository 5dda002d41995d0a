using System.Globalization;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Cli.Settings;

/// <summary>hunt settings fleet: does every process work by what is desired, and which of them do not?</summary>
public static class SettingsFleet
{
    public static async Task<ExitCode> ShowAsync(SettingsClient client, bool json, TimeProvider time, CancellationToken cancel)
    {
        var fleet = await client.ReceiptsAsync(cancel);
        var now = time.GetUtcNow();
        var standings = fleet.Receipts.Select(receipt => (Receipt: receipt, Standing: Of(receipt, fleet.Version, now))).ToList();
        var bad = standings.Where(instance => instance.Standing is not (Standing.InStep or Standing.Away)).ToList();
        if (json)
        {
            SettingsReport.Print(fleet, Wire.Default.FleetReceipts);
            return bad.Count == 0 ? ExitCode.Ok : ExitCode.Different;
        }
        if (standings.Count == 0)
        {
            Screen.Line("No process has answered yet.");
            return ExitCode.Ok;
        }
        Screen.Table(
            ["instance", "service", "group", "desired", "in force", "standing", "took (ms)", "seen"],
            standings.Select(instance => new[]
            {
                instance.Receipt.Instance, instance.Receipt.Service, instance.Receipt.Group ?? "", $"{fleet.Version}", $"{instance.Receipt.InForce}",
                Words(instance.Standing) + (instance.Receipt.Reason is { } reason ? $": {reason}" : ""),
                instance.Receipt.ElapsedMs.ToString("0.0", CultureInfo.InvariantCulture), Ago(now - (instance.Receipt.Seen ?? instance.Receipt.At)),
            }));
        Screen.Line(bad.Count == 0
            ? $"All {standings.Count(instance => instance.Standing == Standing.InStep)} processes that are there work by version {fleet.Version}."
            : $"Not by version {fleet.Version}: {string.Join(", ", bad.Select(instance => instance.Receipt.Instance))}.");
        return bad.Count == 0 ? ExitCode.Ok : ExitCode.Different;
    }

    public enum Standing { InStep, Behind, Refused, Away }

    public static Standing Of(SettingsReceipt receipt, long desired, DateTimeOffset now) =>
        receipt.IsAway(now) ? Standing.Away
        : receipt.Status == ReceiptStatus.Refused ? Standing.Refused
        : receipt.InForce < desired ? Standing.Behind
        : Standing.InStep;

    private static string Words(Standing standing) => standing switch
    {
        Standing.InStep => "in step",
        Standing.Behind => "BEHIND",
        Standing.Refused => "REFUSED",
        _ => "away",
    };

    private static string Ago(TimeSpan ago) => ago.TotalSeconds < 60 ? $"{Math.Max(0, ago.TotalSeconds):0} s ago" : ago.TotalHours < 1 ? $"{ago.TotalMinutes:0} min ago" : $"{ago.TotalHours:0} h ago";
}
