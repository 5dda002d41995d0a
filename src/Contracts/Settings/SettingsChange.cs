using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// The event of the settings stream: who turned which knobs, when and why. Version = position in the stream; all items
/// come into force together.
/// </summary>
/// <param name="Version">1 for the first change, then one more each</param>
/// <param name="Who">subject of the token that asked</param>
/// <param name="Why">the reason given</param>
/// <param name="Cause">what brought it about when it was no plain request, such as "rollback:41"; null otherwise</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record SettingsChange(
    long Version, DateTimeOffset At, string Who, string Why, IReadOnlyList<SettingItem> Items, string? Cause = null)
{
    /// <summary>Key of the one stream.</summary>
    public const string Stream = "settings";

    /// <summary>Stored name of the event; never changes.</summary>
    public const string StoredName = "settings-changed";

    public const int MaxItems = 256;
    public const int MaxWhyCharacters = 500;
}

/// <param name="Scope">see <see cref="SettingsScope"/></param>
/// <param name="Value">null: back to what a wider scope says, for the fleet to the default</param>
/// <param name="Previous">the value before, null: none</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record SettingItem(string Scope, string Key, SettingValue? Value = null, SettingValue? Previous = null);

/// <summary>
/// A settings version as it travels to every process: the change, the full values after it and their hash. Sent once per
/// change, and again every few seconds as a beacon so that a missed last change cannot hide.
/// </summary>
/// <param name="PreviousVersion">the version this one follows; equal to <paramref name="Version"/> only at 0</param>
/// <param name="Hash">see <see cref="SettingsValues.Hash"/></param>
/// <param name="Change">null at version 0: nothing was ever changed</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record SettingsMessage(long Version, long PreviousVersion, SettingsValues Values, string Hash, SettingsChange? Change = null)
{
    /// <summary>Fan-out exchange the messages go to.</summary>
    public const string Exchange = "hunt.settings";
}
