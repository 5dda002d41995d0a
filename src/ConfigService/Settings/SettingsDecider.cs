using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>What became of a request to change settings.</summary>
public abstract record SettingsDecision
{
    private SettingsDecision() { }

    /// <summary>To be appended to the stream of settings; null: nothing.</summary>
    public virtual SettingsChange? Change => null;

    /// <summary>To be appended to the stream of proposals, in the same transaction; null: nothing.</summary>
    public virtual ProposalEvent? Event => null;

    /// <summary>To be appended to the stream.</summary>
    public sealed record Changed(SettingsChange Change) : SettingsDecision
    {
        public override SettingsChange Change { get; } = Change;
    }

    /// <summary>To be appended to the stream of proposals, with the change that it leads to, if any.</summary>
    public sealed record Planned(ProposalEvent Event, SettingsChange? Change = null) : SettingsDecision
    {
        public override SettingsChange? Change { get; } = Change;
        public override ProposalEvent Event { get; } = Event;
    }

    /// <summary>The very same proposal is open already, perhaps by this very request sent before: nothing is stored.</summary>
    public sealed record Pending(SettingsProposal Proposal) : SettingsDecision;

    /// <summary>There is no such proposal.</summary>
    public sealed record Unknown(long Proposal) : SettingsDecision;

    /// <summary>Somebody else has to do it.</summary>
    public sealed record Forbidden(string Why) : SettingsDecision;

    /// <summary>It is too late for that.</summary>
    public sealed record Conflict(string Why) : SettingsDecision;

    /// <summary>Everything already has the value asked for, perhaps by this very request sent before: nothing is stored.</summary>
    public sealed record Unchanged : SettingsDecision;

    /// <summary>Not acceptable; every error is listed and nothing is changed.</summary>
    public sealed record Refused(IReadOnlyList<SettingError> Errors) : SettingsDecision;

    /// <summary>The settings changed since the asker looked.</summary>
    public sealed record Moved(long Version) : SettingsDecision;
}

/// <summary>Decides changes of settings. Pure.</summary>
public static class SettingsDecider
{
    /// <summary>Who makes changes that nobody asks for now: values that end.</summary>
    public const string Service = "settings-service";

    /// <summary>As below, where nothing is scheduled and nobody has to approve.</summary>
    public static SettingsDecision Decide(
        SettingsState state, ChangeSettings ask, FleetFacts fleet, long? ifVersion, string who, DateTimeOffset now, string? cause = null) =>
        Decide(SettingsSituation.Begin with { State = state }, ask, fleet, ifVersion, who, now, approval: false, cause);

    /// <param name="who">subject of the asker's token</param>
    /// <param name="ifVersion">the version the asker looked at; null: whatever it is</param>
    /// <param name="approval">dangerous settings need a second person</param>
    /// <param name="cause">what brought it about when it was no plain request</param>
    public static SettingsDecision Decide(
        SettingsSituation situation, ChangeSettings ask, FleetFacts fleet, long? ifVersion, string who, DateTimeOffset now, bool approval, string? cause = null)
    {
        var errors = Check(ask, now, most: cause is null ? SettingsChange.MaxItems : int.MaxValue);
        if (errors.Count > 0) return new SettingsDecision.Refused(errors);
        var until = ask.ForSeconds is { } seconds ? now.AddSeconds(seconds) : (DateTimeOffset?)null;
        var items = Items(situation, ask.Changes, ask.Scope, until, errors);
        if (errors.Count > 0) return new SettingsDecision.Refused(errors);
        // Before the version: a request sent twice finds its own work done (RFC 9110, 13.1.1 allows to say so).
        if (items.Count == 0 && ask.At is null) return new SettingsDecision.Unchanged();
        if (ifVersion is { } expected && expected != situation.State.Version) return new SettingsDecision.Moved(situation.State.Version);
        var dangerous = ask.At is null ? items.Select(item => item.Key) : ask.Changes.Keys.Select(key => SettingsScope.Split(key, ask.Scope).Key);
        var needsApproval = approval && ask.BreakGlass is null && dangerous.Any(key => SettingsSchema.Find(key)!.Dangerous);
        if (ask.At is not null || needsApproval) return ProposalDecider.Propose(situation, ask, needsApproval, fleet, who, now, cause);
        var change = new SettingsChange(
            situation.State.Version + 1, now, who, ask.Why.Trim(), items, cause, until, BreakGlass: ask.BreakGlass?.Trim());
        var broken = SettingsOutlook.BrokenBy(situation, situation.With(change), fleet, now);
        return broken.Count > 0 ? new SettingsDecision.Refused(SettingsInvariants.AndWhatFollows(broken, situation.State.Values, situation.With(change).State.Values, fleet)) : new SettingsDecision.Changed(change);
    }

    /// <summary>
    /// Everything as it was, by a change like any other: checked by today's schema (keys it does not have stay as they are), never an edit of the history.
    /// What was to hold only for a time does not come back for ever: one that has held since goes on to its end, and in place of any other comes what lay beneath it.
    /// </summary>
    public static SettingsDecision RollBack(
        SettingsSituation situation, SettingsMark to, RollBackSettings ask, FleetFacts fleet, long? ifVersion, string who, DateTimeOffset now, bool approval)
    {
        // The plan of the lanes follows the processors that are there, not the operators, where it is kept now and was then.
        var kept = IsBalanced(situation.State) && IsBalanced(to.State) ? SettingsSchema.LanePlan.Key : null;
        var back = SettingsDiff.Between(situation.State, to.State).Items.Select(item => (item.Scope, item.Key)).Union(situation.Layers.Names).Union(to.Layers.Names)
            .Where(name => name.Key != kept && SettingsSchema.Find(name.Key) is not null && IsToGoBack(situation, to.Layers, name.Scope, name.Key))
            .ToDictionary(name => $"{name.Key}{SettingsScope.At}{name.Scope}", name => to.Layers.Lasting(name.Scope, name.Key, to.State.Values));
        return back.Count == 0 && ask.Why.Trim().Length > 0
            ? new SettingsDecision.Unchanged()
            : Decide(situation, new ChangeSettings(back, ask.Why, BreakGlass: ask.BreakGlass), fleet, ifVersion, who, now, approval, $"rollback:{to.State.Version}");
    }

    /// <summary>Not what was to end then and has held since.</summary>
    private static bool IsToGoBack(SettingsSituation situation, SettingsLayers then, string scope, string key) =>
        situation.Layers.Ending(scope, key) is not { } ending || ending != then.Ending(scope, key);

    private static bool IsBalanced(SettingsState state) =>
        state.Values.Find(SettingsScope.Fleet, SettingsSchema.LaneBalance.Key) is not { } value || value == SettingsSchema.LaneBalance.Default;

    /// <summary>What a request changes: of each setting the canonical value and the one before; not what has its value already, for as long as asked.</summary>
    /// <param name="otherwise">scope of a key without one</param>
    /// <param name="until">when the values end; null: never</param>
    /// <param name="errors">what is not acceptable is added</param>
    public static IReadOnlyList<SettingItem> Items(
        SettingsSituation situation, IReadOnlyDictionary<string, SettingValue?> changes, string otherwise, DateTimeOffset? until, ICollection<SettingError> errors)
    {
        var items = new List<SettingItem>();
        var seen = new HashSet<(string, string)>();
        foreach (var (qualified, asked) in changes.OrderBy(change => change.Key, StringComparer.Ordinal))
        {
            var (key, scope) = SettingsScope.Split(qualified, otherwise);
            if (SettingsSchema.Find(key) is not { } setting)
            {
                errors.Add(SettingsSchema.Unknown(key));
                continue;
            }
            if (SettingsScope.Check(scope) is { } badScope)
            {
                errors.Add(badScope with { Key = qualified });
                continue;
            }
            if (setting.FleetOnly && scope != SettingsScope.Fleet)
            {
                errors.Add(new SettingError(qualified, $"{key} is one for the whole fleet; {scope} cannot have its own.", key));
                continue;
            }
            if (!seen.Add((key, scope)))
            {
                errors.Add(new SettingError(qualified, $"{key} is given twice for {scope}."));
                continue;
            }
            var value = setting.Default;
            if (asked is { } given && !setting.TryAccept(given, out value, out var error))
            {
                errors.Add(error! with { Key = qualified });
                continue;
            }
            // Without a value of its own a narrower scope follows the wider one; the fleet follows the schema.
            SettingValue? next = asked is null && scope != SettingsScope.Fleet ? null : value;
            var previous = situation.State.Values.Find(scope, key);
            if (previous != next || !situation.Layers.HoldsUntil(scope, key, until)) items.Add(new SettingItem(scope, key, asked is null ? null : value, previous));
        }
        if (until is not null && situation.Layers.Ends + items.Count > SettingsLayers.MaxEnds)
            errors.Add(new SettingError("forSeconds", $"{situation.Layers.Ends} values wait for their end already, and at most {SettingsLayers.MaxEnds} may. Wait for some to end, or ask without an end."));
        return items;
    }

    /// <param name="most">settings in a request; what goes back goes back whole</param>
    private static List<SettingError> Check(ChangeSettings ask, DateTimeOffset now, int most)
    {
        var errors = new List<SettingError>();
        if (ask.Why.Trim().Length is var why and (0 or > SettingsChange.MaxWhyCharacters))
            errors.Add(new SettingError("why", $"why must say in 1 to {SettingsChange.MaxWhyCharacters} characters what the change is for; it has {why}."));
        if (ask.BreakGlass?.Trim().Length is 0 or > SettingsChange.MaxWhyCharacters)
            errors.Add(new SettingError("breakGlass", $"breakGlass must say in 1 to {SettingsChange.MaxWhyCharacters} characters why nobody else can approve."));
        if (SettingsScope.Check(ask.Scope) is { } noScope) errors.Add(noScope);
        if (ask.Changes.Count == 0 || ask.Changes.Count > most)
            errors.Add(new SettingError("changes", $"changes must hold 1 to {most} settings; it has {ask.Changes.Count}."));
        if (ask.ForSeconds is < 1 or > ChangeSettings.MaxForSeconds)
            errors.Add(new SettingError("forSeconds", $"forSeconds must be a whole number from 1 to {ChangeSettings.MaxForSeconds}; {ask.ForSeconds} is not.", $"{Math.Clamp(ask.ForSeconds.Value, 1, ChangeSettings.MaxForSeconds)}"));
        if (ask.At is { } at && (at <= now || at > now + ChangeSettings.MaxAhead))
            errors.Add(new SettingError("at", $"at must be a moment to come, at most {ChangeSettings.MaxAhead.TotalDays:0} days ahead; {at:O} is not. Leave it out to change at once."));
        return errors;
    }
}
