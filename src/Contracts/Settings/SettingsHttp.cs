namespace TreasureHunt.Contracts.Settings;

/// <summary>Body of PATCH /settings: all of it comes into force together, or none.</summary>
/// <param name="Changes">
/// new value by key, or by key@scope for several scopes at once; null takes the scope's value back, so that the wider scope's holds, for the fleet the default
/// </param>
/// <param name="Why">the reason, kept in the history; 1 to 500 characters</param>
/// <param name="Scope">whom keys without a scope of their own are for: fleet, service:NAME, group:NAME or instance:NAME</param>
/// <param name="At">when it is to be made; null: at once</param>
/// <param name="ForSeconds">after so many seconds every value goes back by itself, unless somebody has changed it since; null: it stays</param>
/// <param name="BreakGlass">why a dangerous setting must be changed without a second person; kept in the history, 1 to 500 characters</param>
public sealed record ChangeSettings(
    IReadOnlyDictionary<string, SettingValue?> Changes, string Why, string Scope = SettingsScope.Fleet, DateTimeOffset? At = null, int? ForSeconds = null, string? BreakGlass = null)
{
    /// <summary>The longest time values may hold before they go back.</summary>
    public const int MaxForSeconds = 30 * 24 * 3600;

    /// <summary>The furthest a change may be scheduled ahead.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromDays(366);
}

/// <summary>Answer of PATCH /settings; 202 and a proposal when it is not made at once.</summary>
/// <param name="Version">the version now in the stream</param>
/// <param name="Items">what was changed; empty when everything already had the value asked for</param>
/// <param name="Until">when the values go back by themselves</param>
/// <param name="Proposal">what waits for its time or a second person; null: the change is made</param>
public sealed record SettingsChanged(long Version, string Hash, IReadOnlyList<SettingItem> Items, DateTimeOffset? Until = null, SettingsProposal? Proposal = null);

/// <summary>Answer of GET /settings.</summary>
public sealed record SettingsView(long Version, string Hash, SettingsValues Values);

/// <summary>Answer of GET /settings/diff: what differs between two versions, from the one to the other.</summary>
/// <param name="Items">previous: at From, value: at To; null where there was none</param>
public sealed record SettingsDiff(long From, long To, IReadOnlyList<SettingItem> Items)
{
    public static SettingsDiff Between(SettingsState from, SettingsState to)
    {
        var names = from.Values.All().Concat(to.Values.All()).Select(entry => (entry.Scope, entry.Key)).Distinct();
        var items = names
            .Select(name => new SettingItem(name.Scope, name.Key, to.Values.Find(name.Scope, name.Key), from.Values.Find(name.Scope, name.Key)))
            .Where(item => item.Value != item.Previous)
            .OrderBy(item => item.Scope, StringComparer.Ordinal).ThenBy(item => item.Key, StringComparer.Ordinal);
        return new SettingsDiff(from.Version, to.Version, [.. items]);
    }
}

/// <summary>Answer of GET /settings/why: what decides the value a process works by.</summary>
/// <param name="Value">the value that holds for it</param>
/// <param name="Sources">the values of its scopes, narrowest first; the first of them holds</param>
public sealed record SettingWhy(string Key, SettingsSubject Subject, SettingValue Value, IReadOnlyList<SettingSource> Sources);

/// <summary>A value of one scope and the change it came with; without a version it is the schema's default.</summary>
/// <param name="Until">when it goes back by itself</param>
public sealed record SettingSource(
    string Scope, SettingValue Value, long? Version = null, DateTimeOffset? At = null, string? Who = null, string? Why = null,
    DateTimeOffset? Until = null, string? ApprovedBy = null, string? BreakGlass = null);

/// <summary>Body of POST /settings/rollback: everything as it was at a version, by a new change.</summary>
/// <param name="To">0: as it began</param>
/// <param name="Why">the reason, kept in the history; 1 to 500 characters</param>
/// <param name="BreakGlass">see <see cref="ChangeSettings"/></param>
public sealed record RollBackSettings(long To, string Why, string? BreakGlass = null);

/// <summary>Answer of GET /settings/history: changes in the order of their versions.</summary>
/// <param name="Version">the latest version there is</param>
public sealed record SettingsHistory(long Version, IReadOnlyList<SettingsChange> Changes);

/// <summary>Answer of GET /settings/receipts: the latest receipt of every instance that ever answered.</summary>
/// <param name="Version">the version every instance should have in force</param>
public sealed record FleetReceipts(long Version, IReadOnlyList<SettingsReceipt> Receipts);

/// <summary>One entry of GET /settings/schema; see <see cref="Setting"/>.</summary>
/// <param name="FleetOnly">no service, group or instance can have its own</param>
public sealed record SettingDescription(
    string Key, string Type, string Unit, string Range, SettingValue Default, string Summary, string Cost, string Metric, bool Dangerous,
    SettingApply Apply, bool FleetOnly, int? Min = null, int? Max = null, IReadOnlyList<string>? Words = null)
{
    public static SettingDescription Of(Setting setting)
    {
        var (min, max, words) = setting switch
        {
            WholeNumberSetting number => (number.Min, number.Max, null),
            MillisecondsSetting time => (time.Min, time.Max, null),
            WordSetting word => ((int?)null, (int?)null, word.Words),
            _ => (null, null, null),
        };
        return new SettingDescription(
            setting.Key, setting.Type, setting.Unit, setting.Range, setting.Default, setting.Summary, setting.Cost, setting.Metric,
            setting.Dangerous, setting.Apply, setting.FleetOnly, min, max, words);
    }
}
