using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Cli.Settings;

/// <summary>hunt settings set: the change, then the answers of the processes.</summary>
public static class SettingsChanging
{
    public static async Task<ExitCode> SetAsync(
        SettingsClient client, ChangeSettings ask, long? ifVersion, int waitSeconds, bool json, CancellationToken cancel)
    {
        var changed = await client.ChangeAsync(ask, ifVersion, cancel);
        return await ShowAsync(client, changed, waitSeconds, json, cancel);
    }

    public static async Task<ExitCode> RollBackAsync(
        SettingsClient client, RollBackSettings ask, int waitSeconds, bool json, CancellationToken cancel) =>
        await ShowAsync(client, await client.RollBackAsync(ask, cancel), waitSeconds, json, cancel);

    private static async Task<ExitCode> ShowAsync(SettingsClient client, SettingsChanged changed, int waitSeconds, bool json, CancellationToken cancel)
    {
        if (json) SettingsReport.Print(changed, Wire.Default.SettingsChanged);
        else Screen.Line(Words(changed));
        if (changed.Items.Count == 0 || waitSeconds == 0) return ExitCode.Ok;
        var fleet = await AnswersAsync(client, changed.Version, TimeSpan.FromSeconds(waitSeconds), cancel);
        if (!json) SettingsReport.Show(fleet, [.. changed.Items.Select(item => item.Key).Distinct()]);
        var silent = There(fleet).Where(receipt => receipt.Version < changed.Version).Select(receipt => receipt.Instance).ToList();
        if (silent.Count > 0)
            throw new CommandFailed(ExitCode.Failed, $"Version {changed.Version} stands, but {string.Join(", ", silent)} did not answer within {waitSeconds} s; see ./hunt settings fleet.");
        return fleet.Receipts.Any(receipt => receipt.Version >= changed.Version && receipt.Status == ReceiptStatus.Refused) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static string Words(SettingsChanged changed) =>
        changed.Proposal is { } proposal ? SettingsProposals.Words(proposal)
        : changed.Items.Count == 0 ? $"Nothing to change: version {changed.Version} has these values already."
        : $"version {changed.Version}: {string.Join(", ", changed.Items.Select(SettingsReport.Words))}{(changed.Until is { } until ? $"; back at {SettingsProposals.Time(until)}" : "")}";

    /// <exception cref="CommandFailed">not KEY=VALUE, a key twice, or one that is not in the schema</exception>
    public static Dictionary<string, SettingValue?> Parse(IReadOnlyList<string> assignments)
    {
        var changes = new Dictionary<string, SettingValue?>();
        foreach (var assignment in assignments)
        {
            var at = assignment.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new CommandFailed(ExitCode.Usage, $"'{assignment}' is not KEY=VALUE, such as lane.batchCap=64 or lane.pace@instance:processor-2=5ms.");
            var (key, text) = (assignment[..at].Trim(), assignment[(at + 1)..].Trim());
            var (bare, scope) = SettingsScope.Split(key, SettingsScope.Fleet);
            if (SettingsSchema.Find(bare) is not { } setting) throw new CommandFailed(ExitCode.Usage, SettingsSchema.Unknown(bare).Message);
            if (SettingsScope.Check(scope) is { } bad) throw new CommandFailed(ExitCode.Usage, bad.Message);
            SettingValue value = default;
            if (text != "default" && !setting.TryAccept(new SettingValue(text), out value, out var error)) throw new CommandFailed(ExitCode.Usage, error!.Message);
            if (!changes.TryAdd(key, text == "default" ? null : value)) throw new CommandFailed(ExitCode.Usage, $"{key} is given twice.");
        }
        return changes;
    }

    /// <summary>The receipts once everybody who is there has answered this version, or when the time is over.</summary>
    private static Task<FleetReceipts> AnswersAsync(SettingsClient client, long version, TimeSpan limit, CancellationToken cancel) =>
        new Polling(TimeSpan.FromMilliseconds(100), limit).UntilAsync(client.ReceiptsAsync, fleet =>
        {
            var there = There(fleet);
            return there.Count > 0 && there.All(receipt => receipt.Version >= version);
        }, cancel);

    private static IReadOnlyList<SettingsReceipt> There(FleetReceipts fleet) => SettingsReceipt.There(fleet.Receipts, TimeProvider.System.GetUtcNow());
}
