using System.Text.Json.Serialization;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>Values that were in force here and have not lived through a probation yet.</summary>
/// <param name="Values">hash of what the instance worked by; see <see cref="SettingsJournal.HashOf"/></param>
/// <param name="Version">the latest version that brought them</param>
/// <param name="Deaths">runs that ended without a word while these values were on trial</param>
public sealed record Suspect(string Values, long Version, int Deaths);

/// <summary>
/// What an instance remembers of its settings from run to run, folded from what happens to it. Immutable and pure; the rule
/// is in <see cref="CrashGuard"/>.
/// </summary>
/// <param name="Proven">the latest state that lived through its probation: what is gone back to</param>
/// <param name="Lived">hashes of values that lived through theirs, latest last; they are never on trial again</param>
/// <param name="Suspects">the values on trial, and those a run has died of</param>
/// <param name="OnTrial">values of which a run that is under way, or ended without a word, was on trial; null: none</param>
public sealed record SettingsJournal(SettingsState Proven, IReadOnlyList<string> Lived, IReadOnlyList<Suspect> Suspects, string? OnTrial = null)
{
    /// <summary>How much has happened before; 0: written by a release that did not count.</summary>
    [JsonIgnore]
    public long Step { get; init; }

    /// <summary>Runs that must have died on the same values before these are refused.</summary>
    public const int MaxDeaths = 2;

    private const int MaxLived = 32, MaxSuspects = 16;

    /// <summary>
    /// What the instance works by, told from the defaults only: a setting that a newer release adds changes nothing. The lane plan
    /// is left out: it says who works, not how, and changes whenever a process comes or goes, also one that was killed.
    /// </summary>
    public static string HashOf(SettingsState state, SettingsSubject subject) =>
        SettingsSchema.Effective(state.Values, subject)
            .Where(entry => entry.Key != SettingsSchema.LanePlan.Key && SettingsSchema.Find(entry.Key)!.Default != entry.Value)
            .Aggregate(SettingsValues.None, (values, entry) => values.With("effective", entry.Key, entry.Value)).Hash;

    private static readonly string Defaults = SettingsValues.None.Hash;

    public static SettingsJournal Begin(SettingsState proven, SettingsSubject subject) => new(proven, [HashOf(proven, subject)], []) { Step = 1 };

    /// <summary>Values that two runs died of; null when these are not.</summary>
    public Suspect? Quarantined(string values) => Suspects.FirstOrDefault(suspect => suspect.Values == values && suspect.Deaths >= MaxDeaths);

    /// <summary>A run begins. That the last one left its trial open means that it died within it.</summary>
    public SettingsJournal Started() => OnTrial is null ? this : this with
    {
        OnTrial = null, Step = Step + 1,
        Suspects = [.. Suspects.Select(suspect => suspect.Values == OnTrial ? suspect with { Deaths = suspect.Deaths + 1 } : suspect)],
    };

    /// <summary>A state is about to come into force.</summary>
    /// <param name="values">its hash</param>
    public SettingsJournal Entered(SettingsState state, string values)
    {
        if (values == Defaults || Lived.Contains(values))
        {
            // Whoever goes on to other values has taken the suspects back: after that they may be tried again.
            var left = Suspects.Where(suspect => suspect.Deaths > 0 && suspect.Version >= state.Version).ToList();
            var same = OnTrial is null && Proven == state && Lived.Count > 0 && Lived[^1] == values && left.Count == Suspects.Count;
            return same ? this : new SettingsJournal(state, Latest(values), left) { Step = Step + 1 };
        }
        if (OnTrial == values) return this;
        var known = Suspects.FirstOrDefault(suspect => suspect.Values == values);
        // After a restart older versions are folded once more: the latest one that brought the values counts.
        var entered = new Suspect(values, Math.Max(state.Version, known?.Version ?? 0), known?.Deaths ?? 0);
        return this with
        {
            OnTrial = values, Step = Step + 1,
            Suspects = [.. Suspects.Where(suspect => suspect.Deaths > 0 && suspect.Values != values).TakeLast(MaxSuspects - 1), entered],
        };
    }

    /// <summary>The state on trial has lived through its probation.</summary>
    public SettingsJournal Proved(SettingsState state, string values) =>
        new(state, Latest(values), [.. Suspects.Where(suspect => suspect.Deaths > 0 && suspect.Version > state.Version && suspect.Values != values)]) { Step = Step + 1 };

    /// <summary>The run ends as it should: that says nothing against the values.</summary>
    public SettingsJournal Ended() => this with { OnTrial = null, Step = Step + 1 };

    private IReadOnlyList<string> Latest(string values) => [.. Lived.Where(lived => lived != values).TakeLast(MaxLived - 1), values];
}
