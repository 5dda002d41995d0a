using System.Text.Json;
using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Settings;

[JsonConverter(typeof(ReceiptStatusConverter))]
public enum ReceiptStatus
{
    /// <summary>The version is in force; see the effective values.</summary>
    Applied,
    /// <summary>The version is not in force, the last good one is; see the reason.</summary>
    Refused,
}

public sealed class ReceiptStatusConverter()
    : JsonStringEnumConverter<ReceiptStatus>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

/// <summary>An instance's answer to a settings version.</summary>
/// <param name="Version">the version answered; versions folded since the last receipt are answered with it</param>
/// <param name="InForce">the version the instance works by: the same when applied, the last good one when refused</param>
/// <param name="Effective">values the instance works by, as its governors report them, by key</param>
/// <param name="At">the instance's clock when the version was in force</param>
/// <param name="ElapsedMs">milliseconds from the version's arrival in the process to its being in force</param>
/// <param name="Reason">why it was refused, null when applied</param>
/// <param name="Seen">when the instance last said so; it says so again every few seconds, so that one that is gone is told from one that is content</param>
/// <param name="Group">the group the instance was started in, null: none</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record SettingsReceipt(
    string Instance, string Service, long Version, long InForce, ReceiptStatus Status,
    IReadOnlyDictionary<string, SettingValue> Effective, DateTimeOffset At, double ElapsedMs, string? Reason = null, string? Group = null, DateTimeOffset? Seen = null)
{
    /// <summary>An instance that has not said anything for this long is away.</summary>
    public static readonly TimeSpan AwayAfter = TimeSpan.FromSeconds(40);

    public bool IsAway(DateTimeOffset now) => now - (Seen ?? At) > AwayAfter;

    /// <summary>Durable queue the receipts go to.</summary>
    public const string Queue = "settings-receipts";
}
