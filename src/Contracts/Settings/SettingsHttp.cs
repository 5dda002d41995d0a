namespace TreasureHunt.Contracts.Settings;

/// <summary>Body of PATCH /settings: all of it comes into force together, or none.</summary>
/// <param name="Changes">new value by key; null sets a key back to its default</param>
/// <param name="Why">the reason, kept in the history; 1 to 500 characters</param>
/// <param name="Scope">whom it is for; "fleet"</param>
public sealed record ChangeSettings(IReadOnlyDictionary<string, SettingValue?> Changes, string Why, string Scope = SettingsScope.Fleet);

/// <summary>Answer of PATCH /settings.</summary>
/// <param name="Version">the version now in the stream</param>
/// <param name="Items">what was changed; empty when everything already had the value asked for</param>
public sealed record SettingsChanged(long Version, string Hash, IReadOnlyList<SettingItem> Items);

/// <summary>Answer of GET /settings.</summary>
public sealed record SettingsView(long Version, string Hash, SettingsValues Values);

/// <summary>Answer of GET /settings/history: changes in the order of their versions.</summary>
/// <param name="Version">the latest version there is</param>
public sealed record SettingsHistory(long Version, IReadOnlyList<SettingsChange> Changes);

/// <summary>Answer of GET /settings/receipts: the latest receipt of every instance that ever answered.</summary>
/// <param name="Version">the version every instance should have in force</param>
public sealed record FleetReceipts(long Version, IReadOnlyList<SettingsReceipt> Receipts);

/// <summary>One entry of GET /settings/schema; see <see cref="Setting"/>.</summary>
public sealed record SettingDescription(
    string Key, string Type, string Unit, string Range, SettingValue Default, string Summary, string Cost, string Metric, bool Dangerous,
    SettingApply Apply, int? Min = null, int? Max = null, IReadOnlyList<string>? Words = null)
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
            setting.Dangerous, setting.Apply, min, max, words);
    }
}
