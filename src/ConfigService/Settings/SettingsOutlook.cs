using System.Globalization;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>What will be if nobody does anything more: values that end and changes that are scheduled, in the order of their times. Pure.</summary>
public static class SettingsOutlook
{
    private const int MaxSteps = SettingsLayers.MaxEnds + 2 * ProposalBook.MaxOpen;

    /// <summary>The changes ahead and the situation after each.</summary>
    public static IEnumerable<(SettingsChange Change, SettingsSituation After)> Ahead(SettingsSituation situation, DateTimeOffset now)
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            var ends = situation.Layers.Returns(now).FirstOrDefault();
            var due = situation.Proposals.Open.Where(proposal => proposal.State == ProposalState.Scheduled).OrderBy(proposal => proposal.Due).ThenBy(proposal => proposal.Id).FirstOrDefault();
            SettingsChange change;
            if (ends is not null && (due is null || ends.Until <= due.Due))
            {
                var at = Later(ends.Until, now);
                change = new SettingsChange(situation.State.Version + 1, at, SettingsDecider.Service, $"version {ends.Version} ends", ends.Items, SettingsChange.ReturnCause + ends.Version);
                situation = situation.With(change);
            }
            else if (due is not null)
            {
                var at = Later(due.Due, now);
                var items = SettingsDecider.Items(situation, due.Changes, SettingsScope.Fleet, due.Until(at), []);
                change = new SettingsChange(situation.State.Version + 1, at, due.Who, $"proposal {due.Id} is made", items, due.Cause, due.Until(at));
                if (change.Until <= at) change = change with { Items = [], Until = null }; // its time is over before it begins: it will be refused
                situation = situation.With(change).With(new ProposalApplied(change.Version) { Proposal = due.Id, At = at });
            }
            else yield break;
            yield return (change, situation);
        }
    }

    /// <summary>Rules that are broken now or will be, each with when and by what.</summary>
    public static IEnumerable<(SettingError Error, SettingError Told)> Broken(SettingsSituation situation, FleetFacts fleet, DateTimeOffset now) =>
        SettingsInvariants.Broken(situation.State.Values, fleet).Select(error => (error, error)).Concat(
            Ahead(situation, now).SelectMany(step => SettingsInvariants.Broken(step.After.State.Values, fleet).Select(error => (error, error with
            {
                Message = string.Create(CultureInfo.InvariantCulture, $"At {step.Change.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, when {step.Change.Why}: {error.Message}"),
            }))));

    /// <summary>What a change breaks, now or later, that was not broken without it.</summary>
    public static IReadOnlyList<SettingError> BrokenBy(SettingsSituation before, SettingsSituation after, FleetFacts fleet, DateTimeOffset now)
    {
        var broken = Broken(after, fleet, now).ToList();
        if (broken.Count == 0) return [];
        // What was broken before (a process joined, the database shrank) must not keep anybody from turning another knob.
        var already = Broken(before, fleet, now).Select(broken => broken.Error).ToHashSet();
        return [.. broken.Where(broken => !already.Contains(broken.Error)).DistinctBy(broken => broken.Error).Select(broken => broken.Told)];
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
