using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Demo;

/// <summary>Changes a setting of the running fleet over HTTP and waits for the receipts, as an operator would.</summary>
internal static class LiveSetting
{
    private static readonly TimeSpan ReceiptLimit = TimeSpan.FromSeconds(15);

    /// <param name="expected">instances whose receipt is awaited</param>
    /// <returns>one line for each of them</returns>
    /// <exception cref="CommandFailed">a receipt did not come in time, or an instance refused</exception>
    public static async Task<IReadOnlyList<string>> ChangeAsync(
        DemoStage stage, string key, SettingValue value, string why, IReadOnlyCollection<string> expected, CancellationToken cancel)
    {
        using var client = new SettingsClient(stage.Connections.Config, stage.Connections.Token("otto", Tokens.AnyHunt, Role.Operator));
        var changed = await client.ChangeAsync(new ChangeSettings(new Dictionary<string, SettingValue?> { [key] = value }, why), null, cancel);
        var receipts = await new Polling(TimeSpan.FromMilliseconds(50), ReceiptLimit).UntilAsync(
            async token => (await client.ReceiptsAsync(token)).Receipts.Where(r => r.Version >= changed.Version && expected.Contains(r.Instance)).ToList(),
            answered => answered.Count == expected.Count, cancel);
        if (receipts.Count < expected.Count)
            throw new CommandFailed(ExitCode.Failed,
                $"{key} = {value} is version {changed.Version}; after {ReceiptLimit.TotalSeconds:0} s there is no receipt from {string.Join(", ", expected.Except(receipts.Select(r => r.Instance)))}.");
        if (receipts.Find(r => r.Status != ReceiptStatus.Applied) is { } refused)
            throw new CommandFailed(ExitCode.Failed, $"{refused.Instance} refused {key} = {value}: {refused.Reason}");
        return [.. receipts.OrderBy(r => r.Instance, StringComparer.Ordinal).Select(r =>
            $"{r.Instance,-12} applied version {r.Version}, {r.ElapsedMs:0.0} ms after it arrived{(r.Effective.TryGetValue(key, out var effective) ? $"; works by {key}={effective}" : "")}")];
    }
}
