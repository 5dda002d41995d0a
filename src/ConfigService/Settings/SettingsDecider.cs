using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>What became of a request to change settings.</summary>
public abstract record SettingsDecision
{
    private SettingsDecision() { }

    /// <summary>To be appended to the stream.</summary>
    public sealed record Changed(SettingsChange Change) : SettingsDecision;

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
    /// <param name="who">subject of the asker's token</param>
    /// <param name="ifVersion">the version the asker looked at; null: whatever it is</param>
    /// <param name="cause">what brought it about when it was no plain request</param>
    public static SettingsDecision Decide(
        SettingsState state, ChangeSettings ask, FleetFacts fleet, long? ifVersion, string who, DateTimeOffset now, string? cause = null)
    {
        var why = ask.Why.Trim();
        var errors = new List<SettingError>();
        var items = new List<SettingItem>();
        if (why.Length is 0 or > SettingsChange.MaxWhyCharacters)
            errors.Add(new SettingError("why", $"why must say in 1 to {SettingsChange.MaxWhyCharacters} characters what the change is for; it has {why.Length}."));
        if (SettingsScope.Check(ask.Scope) is { } noScope) errors.Add(noScope);
        if (ask.Changes.Count is 0 or > SettingsChange.MaxItems)
            errors.Add(new SettingError("changes", $"changes must hold 1 to {SettingsChange.MaxItems} settings; it has {ask.Changes.Count}."));
        if (errors.Count > 0) return new SettingsDecision.Refused(errors);

        foreach (var (qualified, asked) in ask.Changes.OrderBy(change => change.Key, StringComparer.Ordinal))
        {
            var (key, scope) = SettingsScope.Split(qualified, ask.Scope);
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
            if (items.Exists(item => item.Key == key && item.Scope == scope))
            {
                errors.Add(new SettingError(qualified, $"{key} is given twice for {scope}."));
                continue;
            }
            var value = setting.Default;
            if (asked is { } given && !setting.TryAccept(given, out value, out var error))
            {
                errors.Add(error!);
                continue;
            }
            // Without a value of its own a narrower scope follows the wider one; the fleet follows the schema.
            SettingValue? next = asked is null && scope != SettingsScope.Fleet ? null : value;
            var previous = state.Values.Find(scope, key);
            if (previous != next) items.Add(new SettingItem(scope, key, asked is null ? null : value, previous));
        }

        if (errors.Count > 0) return new SettingsDecision.Refused(errors);
        // Before the version: a request sent twice finds its own work done (RFC 9110, 13.1.1 allows to say so).
        if (items.Count == 0) return new SettingsDecision.Unchanged();
        if (ifVersion is { } expected && expected != state.Version) return new SettingsDecision.Moved(state.Version);
        var change = new SettingsChange(state.Version + 1, now, who, why, items, cause);
        // What was broken before (a process joined, the database shrank) must not keep anybody from turning another knob.
        var already = SettingsInvariants.Broken(state.Values, fleet);
        var broken = SettingsInvariants.Broken(SettingsState.Evolve(state, change).Values, fleet).Where(error => !already.Contains(error)).ToList();
        return broken.Count > 0 ? new SettingsDecision.Refused(broken) : new SettingsDecision.Changed(change);
    }

    /// <summary>Everything as it was, by a change like any other: checked by today's schema (keys it does not have stay as they are), never an edit of the history.</summary>
    public static SettingsDecision RollBack(SettingsState state, SettingsState to, string why, FleetFacts fleet, long? ifVersion, string who, DateTimeOffset now)
    {
        var back = SettingsDiff.Between(state, to).Items.Where(item => SettingsSchema.Find(item.Key) is not null).ToDictionary(item => $"{item.Key}{SettingsScope.At}{item.Scope}", item => item.Value);
        return back.Count == 0 && why.Trim().Length > 0
            ? new SettingsDecision.Unchanged()
            : Decide(state, new ChangeSettings(back, why), fleet, ifVersion, who, now, $"rollback:{to.Version}");
    }
}
