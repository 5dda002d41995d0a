using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>Tells from the answers when a version was in force everywhere. Pure.</summary>
public static class Convergence
{
    /// <summary>A process that has not answered for this long is named as missing, and nobody waits for it.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(60);

    /// <param name="pending">versions not yet settled, in order</param>
    /// <param name="answers">what was answered since the first of them was committed, in any order; repetitions do no harm</param>
    /// <param name="instances">the latest receipt of every instance that ever answered</param>
    /// <returns>the first of the pending versions, as far as they are settled, in order</returns>
    public static IReadOnlyList<SettingsConverged> Settled(
        IReadOnlyList<SettingsChange> pending, IReadOnlyCollection<SettingsReceipt> answers, IReadOnlyCollection<SettingsReceipt> instances, DateTimeOffset now)
    {
        var settled = new List<SettingsConverged>();
        var heard = SettingsReceipt.LastHeard(instances, now);
        foreach (var change in pending)
        {
            // The first answer counts: a process that folds several versions at once answers all of them with the last.
            var first = answers.Where(answer => answer.Version >= change.Version).GroupBy(answer => answer.Instance)
                .Select(own => own.OrderBy(answer => answer.At).ThenBy(answer => answer.Version).First()).ToList();
            var silent = instances.Where(instance => first.TrueForAll(answer => answer.Instance != instance.Instance)).ToList();
            if (silent.Exists(instance => !instance.IsAway(heard)) && now - change.At < GiveUpAfter) return settled;
            var applied = first.Where(answer => answer.Status == ReceiptStatus.Applied).OrderBy(answer => answer.At).ThenBy(answer => answer.Instance, StringComparer.Ordinal).ToList();
            var last = applied.LastOrDefault();
            settled.Add(new SettingsConverged(
                change.Version, change.At, last?.At ?? change.At, last is null ? 0 : Math.Max(0, Math.Round((last.At - change.At).TotalMilliseconds, 3)),
                applied.Count,
                Refused: Names(first.Except(applied)),
                Missing: Names(silent.Where(instance => !instance.IsAway(change.At) || !instance.IsAway(heard))),
                last?.Instance));
        }
        return settled;
    }

    private static IReadOnlyList<string> Names(IEnumerable<SettingsReceipt> receipts) =>
        [.. receipts.Select(receipt => receipt.Instance).Order(StringComparer.Ordinal)];
}
