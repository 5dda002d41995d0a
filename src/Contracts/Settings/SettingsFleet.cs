using System.Text.Json;
using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Settings;

/// <summary>How a process stands to the version everybody should work by.</summary>
[JsonConverter(typeof(StandingConverter))]
public enum Standing
{
    /// <summary>It works by it, with the values it should have.</summary>
    InStep,
    /// <summary>It works by it, but some effective value is another than desired; see its drift.</summary>
    Drifting,
    /// <summary>It works by an earlier version and has not said why.</summary>
    Behind,
    /// <summary>It said why it does not work by it.</summary>
    Refused,
    /// <summary>It has not been heard of for a while.</summary>
    Away,
}

public sealed class StandingConverter() : JsonStringEnumConverter<Standing>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

/// <summary>An effective value that is not the one desired.</summary>
/// <param name="Effective">null: the process does not name one (another release)</param>
public sealed record SettingDrift(string Key, SettingValue Desired, SettingValue? Effective = null);

/// <summary>A process and how it stands.</summary>
/// <param name="Drift">where desired and effective values differ, in the order of their keys; of one that is behind: what it is behind in</param>
public sealed record FleetInstance(SettingsReceipt Receipt, Standing Standing, IReadOnlyList<SettingDrift> Drift)
{
    public static FleetInstance Of(SettingsReceipt receipt, SettingsState desired, DateTimeOffset now)
    {
        IReadOnlyList<SettingDrift> drift =
        [
            .. SettingsSchema.Effective(desired.Values, receipt.Subject)
                .Select(value => new SettingDrift(value.Key, value.Value, receipt.Effective.TryGetValue(value.Key, out var effective) ? effective : null))
                .Where(value => value.Effective != value.Desired),
        ];
        var standing = receipt.IsAway(now) ? Standing.Away
            : receipt.Status == ReceiptStatus.Refused ? Standing.Refused
            : receipt.InForce < desired.Version ? Standing.Behind
            : receipt.InForce == desired.Version && drift.Count > 0 ? Standing.Drifting
            : Standing.InStep;
        return new FleetInstance(receipt, standing, standing == Standing.InStep ? [] : drift);
    }
}

/// <summary>Answer of GET /settings/fleet.</summary>
/// <param name="Version">the version everybody should work by</param>
/// <param name="Converged">the last version of which it is known how long it took everybody; null: none yet</param>
/// <param name="Instances">by service, then name</param>
public sealed record FleetView(long Version, IReadOnlyList<FleetInstance> Instances, SettingsConverged? Converged = null);

/// <summary>
/// Stored fact: every process that was there has answered a version, or was given up. What a change took to be in force
/// everywhere is read from here, never estimated.
/// </summary>
/// <param name="Changed">when the change was committed, by ConfigService's clock</param>
/// <param name="At">when the last process had it in force, by that process's clock</param>
/// <param name="ElapsedMs">milliseconds from the one to the other; nobody applied it: 0</param>
/// <param name="Applied">processes that have it in force</param>
/// <param name="Slowest">the process that was last; null: nobody applied it</param>
/// <param name="Refused">processes that said why not, by name</param>
/// <param name="Missing">processes that were there and did not answer in time, by name</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record SettingsConverged(
    long Version, DateTimeOffset Changed, DateTimeOffset At, double ElapsedMs, int Applied, IReadOnlyList<string> Refused, IReadOnlyList<string> Missing,
    string? Slowest = null)
{
    /// <summary>Key of the one stream; its n-th event is about version n.</summary>
    public const string Stream = "settings-convergence";

    /// <summary>Stored name of the event; never changes.</summary>
    public const string StoredName = "settings-converged";
}

/// <summary>Answer of GET /settings/convergence: in the order of the versions.</summary>
public sealed record SettingsConvergence(IReadOnlyList<SettingsConverged> Versions);
