using System.Globalization;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>Decides what becomes of changes that are not made at once: proposed, approved, withdrawn, due. Pure.</summary>
public static class ProposalDecider
{
    /// <summary>What is done later than this after its time says so.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    /// <param name="ask">checked already</param>
    public static SettingsDecision Propose(
        SettingsSituation situation, ChangeSettings ask, bool needsApproval, FleetFacts fleet, string who, DateTimeOffset now, string? cause)
    {
        var changes = new SortedDictionary<string, SettingValue?>(StringComparer.Ordinal);
        foreach (var (qualified, asked) in ask.Changes)
        {
            var (key, scope) = SettingsScope.Split(qualified, ask.Scope);
            SettingValue? value = asked is { } given && SettingsSchema.Find(key)!.TryAccept(given, out var canonical, out _) ? canonical : null;
            changes[$"{key}{SettingsScope.At}{scope}"] = value;
        }
        var proposed = new ChangeProposed(who, ask.Why.Trim(), changes, needsApproval, ask.At, ask.ForSeconds, ask.BreakGlass?.Trim(), cause)
        {
            Proposal = situation.Proposals.Version + 1, At = now,
        };
        if (situation.Proposals.Open.FirstOrDefault(open => IsSame(open, proposed)) is { } same) return new SettingsDecision.Pending(same);
        if (situation.Proposals.Open.Count() >= ProposalBook.MaxOpen)
            return new SettingsDecision.Refused([new SettingError("changes", $"{ProposalBook.MaxOpen} proposals are open already. Withdraw one, or wait.")]);
        var broken = SettingsOutlook.BrokenBy(situation, situation.With(proposed with { NeedsApproval = false }), fleet, now);
        return broken.Count > 0 ? new SettingsDecision.Refused(broken) : new SettingsDecision.Planned(proposed);
    }

    /// <summary>What is to be made later must keep all rules at its time as far as that can be told now; what is to be made at once is weighed when it is made.</summary>
    /// <param name="who">must not be who proposed it</param>
    public static SettingsDecision Approve(SettingsSituation situation, long id, string who, FleetFacts fleet, DateTimeOffset now) => situation.Proposals.All.GetValueOrDefault(id) switch
    {
        null => new SettingsDecision.Unknown(id),
        { State: ProposalState.Scheduled, ApprovedBy: null } => new SettingsDecision.Conflict($"Proposal {id} needs nobody's approval."),
        { State: not ProposalState.Waiting } done when done.ApprovedBy == who => new SettingsDecision.Pending(done), // sent twice
        { State: not ProposalState.Waiting } done => new SettingsDecision.Conflict($"Proposal {id} is {Words(done)}."),
        var waiting when waiting.Who == who => new SettingsDecision.Forbidden($"A second person must approve proposal {id}: {who} proposed it."),
        var waiting when waiting.Lapses <= now => new SettingsDecision.Conflict($"Proposal {id} had to be approved by {Time(waiting.Lapses)}. Propose it again."),
        var waiting => Approved(situation, waiting, new ProposalApproved(who) { Proposal = id, At = now }, fleet),
    };

    private static SettingsDecision Approved(SettingsSituation situation, SettingsProposal waiting, ProposalApproved approved, FleetFacts fleet)
    {
        var broken = waiting.Due > approved.At ? SettingsOutlook.BrokenBy(situation, situation.With(approved), fleet, approved.At) : [];
        return broken.Count > 0 ? new SettingsDecision.Refused(broken) : new SettingsDecision.Planned(approved);
    }

    /// <summary>Anybody who may change settings may withdraw: that leaves everything as it is.</summary>
    public static SettingsDecision Withdraw(SettingsSituation situation, long id, string who, string why, DateTimeOffset now)
    {
        if (why.Trim().Length is var length and (0 or > SettingsChange.MaxWhyCharacters))
            return new SettingsDecision.Refused([new SettingError("why", $"why must say in 1 to {SettingsChange.MaxWhyCharacters} characters why it is withdrawn; it has {length}.")]);
        return situation.Proposals.All.GetValueOrDefault(id) switch
        {
            null => new SettingsDecision.Unknown(id),
            { State: ProposalState.Withdrawn } gone => new SettingsDecision.Pending(gone),
            { IsOpen: false } done => new SettingsDecision.Conflict($"Proposal {id} is {Words(done)}."),
            _ => new SettingsDecision.Planned(new ProposalWithdrawn(who, why.Trim()) { Proposal = id, At = now }),
        };
    }

    /// <param name="but">versions whose end was tried just now, in vain</param>
    public static bool IsAnythingDue(SettingsSituation situation, DateTimeOffset now, IReadOnlyDictionary<long, string> but) =>
        situation.Proposals.Open.Any(proposal => DueTime(proposal) <= now) || situation.Layers.Returns(now).Any(ends => ends.Until <= now && !but.ContainsKey(ends.Version));

    /// <summary>The first thing that is due, by its time; what cannot be done now does not keep the next from being done.</summary>
    /// <param name="overdue">versions whose values ought to have ended, with why they cannot: they end when they can</param>
    /// <returns>null: nothing (more) can be done now</returns>
    public static SettingsDecision? Next(SettingsSituation situation, FleetFacts fleet, DateTimeOffset now, IDictionary<long, string> overdue)
    {
        var due = situation.Proposals.Open.Where(proposal => DueTime(proposal) <= now)
            .Select(proposal => (At: DueTime(proposal), Decide: (Func<SettingsDecision?>)(() => Apply(situation, proposal, fleet, now))))
            .Concat(situation.Layers.Returns(now).Where(ends => ends.Until <= now)
                .Select(ends => (At: ends.Until, Decide: (Func<SettingsDecision?>)(() => Return(situation, ends, fleet, now, overdue)))));
        return due.OrderBy(one => one.At).Select(one => one.Decide()).FirstOrDefault(decision => decision is not null);
    }

    private static DateTimeOffset DueTime(SettingsProposal open) => open.State == ProposalState.Waiting ? open.Lapses : open.Due;

    private static SettingsDecision Apply(SettingsSituation situation, SettingsProposal proposal, FleetFacts fleet, DateTimeOffset now)
    {
        if (proposal.State == ProposalState.Waiting) return Refused($"Nobody approved it by {Time(proposal.Lapses)}.");
        if (proposal.Until(now) is { } over && over <= now) return Refused($"Its time, {Time(proposal.Due)} to {Time(over)}, was over before it could be made.");
        var errors = new List<SettingError>();
        var items = SettingsDecider.Items(situation, proposal.Changes, SettingsScope.Fleet, proposal.Until(now), errors);
        if (errors.Count > 0) return Refused(Said(errors));
        if (items.Count == 0) return new SettingsDecision.Planned(new ProposalApplied(situation.State.Version) { Proposal = proposal.Id, At = now });
        var change = new SettingsChange(
            situation.State.Version + 1, now, proposal.Who, proposal.Why + LateBy(proposal.Due > proposal.At ? proposal.Due : now, now), items, proposal.Cause,
            proposal.Until(now), proposal.Id, proposal.ApprovedBy, proposal.BreakGlass);
        var applied = new ProposalApplied(change.Version) { Proposal = proposal.Id, At = now };
        var without = situation.With(new ProposalWithdrawn("", "") { Proposal = proposal.Id, At = now });
        var broken = SettingsOutlook.BrokenBy(without, situation.With(change).With(applied), fleet, now);
        return broken.Count > 0 ? Refused(Said(broken)) : new SettingsDecision.Planned(applied, change);

        SettingsDecision Refused(string why) => new SettingsDecision.Planned(new ProposalRefused(why) { Proposal = proposal.Id, At = now });
    }

    private static SettingsDecision? Return(SettingsSituation situation, SettingsReturn ends, FleetFacts fleet, DateTimeOffset now, IDictionary<long, string> overdue)
    {
        var change = new SettingsChange(
            situation.State.Version + 1, now, SettingsDecider.Service,
            $"back from version {ends.Version}, which was to hold until {Time(ends.Until)}; what was changed since stays{LateBy(ends.Until, now)}", ends.Items, SettingsChange.ReturnCause + ends.Version);
        var broken = SettingsInvariants.Broken(situation.With(change).State.Values, fleet).Except(SettingsInvariants.Broken(situation.State.Values, fleet)).ToList();
        foreach (var item in ends.Items)
            if (item.Value is { } value && SettingsSchema.Find(item.Key) is { } setting && !setting.TryAccept(value, out _, out var error)) broken.Add(error!); // of an earlier release
        if (broken.Count == 0) return new SettingsDecision.Changed(change);
        overdue[ends.Version] = Said(broken);
        return null;
    }

    private static bool IsSame(SettingsProposal open, ChangeProposed proposed) =>
        open.Who == proposed.Who && open.Why == proposed.Why && open.ForSeconds == proposed.ForSeconds && open.Cause == proposed.Cause && open.BreakGlass == proposed.BreakGlass
        && open.Due == (proposed.DueAt ?? open.At) && open.Changes.Count == proposed.Changes.Count
        && open.Changes.All(change => proposed.Changes.TryGetValue(change.Key, out var value) && value == change.Value);

    private static string Words(SettingsProposal proposal) => proposal.State switch
    {
        ProposalState.Applied => $"applied already, as version {proposal.Version}",
        ProposalState.Refused => $"refused already: {proposal.Reason}",
        ProposalState.Withdrawn => $"withdrawn already ({proposal.Reason})",
        _ => $"approved already by {proposal.ApprovedBy}",
    };

    private static string Said(IEnumerable<SettingError> errors) => string.Join(" ", errors.Select(error => error.Message));

    private static string Time(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string LateBy(DateTimeOffset due, DateTimeOffset now) =>
        now - due > Late ? string.Create(CultureInfo.InvariantCulture, $" (late by {(now - due).TotalSeconds:0} s: the settings service was away)") : "";
}
