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
/// <param name="InForce">the version the instance reads its settings from: the same when applied or when only a governor failed, the last good one when a value was refused</param>
/// <param name="Effective">values the instance works by, as its governors report them, by key</param>
/// <param name="At">the instance's clock when the version was in force</param>
/// <param name="ElapsedMs">milliseconds from the version's arrival in the process to its being in force</param>
/// <param name="Reason">why it was refused, null when applied</param>
/// <param name="Seen">when the instance last said so; it says so again every few seconds, so that one that is gone is told from one that is content</param>
/// <param name="Group">the group the instance was started in, null: none</param>
/// <param name="MemoryMiB">what the process may use, a container's limit included; null: an earlier release</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record SettingsReceipt(
    string Instance, string Service, long Version, long InForce, ReceiptStatus Status,
    IReadOnlyDictionary<string, SettingValue> Effective, DateTimeOffset At, double ElapsedMs, string? Reason = null, string? Group = null, DateTimeOffset? Seen = null,
    long? MemoryMiB = null)
{
    /// <summary>An instance that has not said anything for this long is away.</summary>
    public static readonly TimeSpan AwayAfter = TimeSpan.FromSeconds(40);

    public bool IsAway(DateTimeOffset now) => now - (Seen ?? At) > AwayAfter;

    /// <summary>
    /// The moment by which it is told who is away: away is who is silent while others are heard. Where nobody was heard for a while it was
    /// ConfigService that was away, and the fleet is as it was heard last.
    /// </summary>
    /// <param name="latest">of every instance</param>
    public static DateTimeOffset LastHeard(IReadOnlyCollection<SettingsReceipt> latest, DateTimeOffset now) =>
        latest.Count > 0 && latest.Max(receipt => receipt.Seen ?? receipt.At) is var heard && heard < now ? heard : now;

    /// <summary>Those who are not away.</summary>
    /// <inheritdoc cref="LastHeard"/>
    public static IReadOnlyList<SettingsReceipt> There(IReadOnlyCollection<SettingsReceipt> latest, DateTimeOffset now)
    {
        var heard = LastHeard(latest, now);
        return [.. latest.Where(receipt => !receipt.IsAway(heard))];
    }

    /// <summary>Durable queue the receipts go to.</summary>
    public const string Queue = "settings-receipts";

    /// <summary>Stored name of the event; never changes.</summary>
    public const string StoredName = "settings-answered";

    /// <summary>Key of the stream with all that an instance ever answered.</summary>
    public static string StreamOf(string instance) => $"settings-receipts/{instance}";

    [JsonIgnore]
    public SettingsSubject Subject => new(Service, Instance, Group);

    /// <summary>It only says again what is known: that the instance is still there.</summary>
    public bool Repeats(SettingsReceipt? known) => known is not null && known.At == At && known.Version == Version && Seen is not null;
}

/// <summary>What an instance said last, as it is kept: a document of its own, for Marten takes a type either as an event or as a document.</summary>
public sealed record LatestReceipt(string Instance, DateTimeOffset Seen, SettingsReceipt Receipt);
