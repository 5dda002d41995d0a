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
        var answered = answers.Select(answer => answer.Version).Distinct().Order().ToList();
        var (next, to) = (0, (Answers?)null);
        foreach (var change in pending)
        {
            for (; next < answered.Count && answered[next] < change.Version; next++) to = null;
            // In a storm hundreds of versions come between two that were answered, and share their answers.
            to ??= Answers.To(change.Version, answers, instances);
            if (to.Silent.Exists(instance => !instance.IsAway(heard)) && now - change.At < GiveUpAfter) return settled;
            var last = to.Applied.LastOrDefault();
            settled.Add(new SettingsConverged(
                change.Version, change.At, last?.At ?? change.At, last is null ? 0 : Math.Max(0, Math.Round((last.At - change.At).TotalMilliseconds, 3)),
                to.Applied.Count, to.Refused,
                Missing: Names(to.Silent.Where(instance => !instance.IsAway(change.At) || !instance.IsAway(heard))),
                last?.Instance));
        }
        return settled;
    }

    private static IReadOnlyList<string> Names(IEnumerable<SettingsReceipt> receipts) =>
        [.. receipts.Select(receipt => receipt.Instance).Order(StringComparer.Ordinal)];

    /// <summary>What each process first said to a version or a later one.</summary>
    /// <param name="Applied">the last to have it in force last</param>
    /// <param name="Silent">who said nothing</param>
    private sealed record Answers(List<SettingsReceipt> Applied, IReadOnlyList<string> Refused, List<SettingsReceipt> Silent)
    {
        public static Answers To(long version, IReadOnlyCollection<SettingsReceipt> answers, IReadOnlyCollection<SettingsReceipt> instances)
        {
            // The first answer counts: a process that folds several versions at once answers all of them with the last.
            var first = answers.Where(answer => answer.Version >= version).GroupBy(answer => answer.Instance)
                .Select(own => own.OrderBy(answer => answer.At).ThenBy(answer => answer.Version).First()).ToDictionary(answer => answer.Instance);
            var applied = first.Values.Where(answer => answer.Status == ReceiptStatus.Applied).OrderBy(answer => answer.At).ThenBy(answer => answer.Instance, StringComparer.Ordinal).ToList();
            return new Answers(applied, Names(first.Values.Except(applied)), [.. instances.Where(instance => !first.ContainsKey(instance.Instance))]);
        }
    }
}
