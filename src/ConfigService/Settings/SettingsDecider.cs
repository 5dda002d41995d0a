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
    public static SettingsDecision Decide(SettingsState state, ChangeSettings ask, long? ifVersion, string who, DateTimeOffset now)
    {
        var why = ask.Why.Trim();
        var errors = new List<SettingError>();
        var items = new List<SettingItem>();
        if (why.Length is 0 or > SettingsChange.MaxWhyCharacters)
            errors.Add(new SettingError("why", $"why must say in 1 to {SettingsChange.MaxWhyCharacters} characters what the change is for; it has {why.Length}."));
        if (ask.Scope != SettingsScope.Fleet)
            errors.Add(new SettingError("scope", $"scope must be {SettingsScope.Fleet}; others are not supported yet.", SettingsScope.Fleet));
        if (ask.Changes.Count is 0 or > SettingsChange.MaxItems)
            errors.Add(new SettingError("changes", $"changes must hold 1 to {SettingsChange.MaxItems} settings; it has {ask.Changes.Count}."));
        if (errors.Count > 0) return new SettingsDecision.Refused(errors);

        foreach (var (key, asked) in ask.Changes.OrderBy(change => change.Key, StringComparer.Ordinal))
        {
            if (SettingsSchema.Find(key) is not { } setting)
            {
                errors.Add(SettingsSchema.Unknown(key));
                continue;
            }
            var value = setting.Default;
            if (asked is { } given && !setting.TryAccept(given, out value, out var error))
            {
                errors.Add(error!);
                continue;
            }
            var previous = state.Values.Find(ask.Scope, key);
            if (previous != value) items.Add(new SettingItem(ask.Scope, key, asked is null ? null : value, previous));
        }

        if (errors.Count > 0) return new SettingsDecision.Refused(errors);
        // Before the version: a request sent twice finds its own work done (RFC 9110, 13.1.1 allows to say so).
        if (items.Count == 0) return new SettingsDecision.Unchanged();
        if (ifVersion is { } expected && expected != state.Version) return new SettingsDecision.Moved(state.Version);
        return new SettingsDecision.Changed(new SettingsChange(state.Version + 1, now, who, why, items));
    }
}
