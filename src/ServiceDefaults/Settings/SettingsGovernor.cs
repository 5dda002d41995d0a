using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>
/// Brings a snapshot into force where a read of <see cref="LiveSettings"/> is not enough (a prefetch, a re-open, a log
/// level) and returns the values it really works by. Register any number as singletons of this type. Called one snapshot
/// at a time on the subscription's own task, never on the hot path; when changes come faster, only the latest is brought
/// into force. An exception makes the version refused for this instance and is named in the receipt.
/// </summary>
public delegate Task<IReadOnlyDictionary<string, SettingValue>> SettingsGovernor(
    Contracts.Settings.Settings snapshot, CancellationToken cancel);
