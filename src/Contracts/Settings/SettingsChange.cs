using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// The event of the settings stream: who turned which knobs, when and why. Version = position in the stream; all items
/// come into force together.
/// </summary>
/// <param name="Version">1 for the first change, then one more each</param>
/// <param name="Who">subject of the token that asked</param>
/// <param name="Why">the reason given</param>
/// <param name="Cause">what brought it about when it was no plain request, such as "rollback:41" or "return:41"; null otherwise</param>
/// <param name="Until">its values go back by themselves then; null: they stay</param>
/// <param name="Proposal">number of the <see cref="SettingsProposal"/> it was; null: made at once</param>
/// <param name="ApprovedBy">the second person; null: none was needed, or the glass was broken</param>
/// <param name="BreakGlass">why a dangerous setting was changed without a second person; null: it was not</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record SettingsChange(
    long Version, DateTimeOffset At, string Who, string Why, IReadOnlyList<SettingItem> Items, string? Cause = null,
    DateTimeOffset? Until = null, long? Proposal = null, string? ApprovedBy = null, string? BreakGlass = null)
{
    /// <summary>Key of the one stream.</summary>
    public const string Stream = "settings";

    /// <summary>Stored name of the event; never changes.</summary>
    public const string StoredName = "settings-changed";

    /// <summary>Cause of the change that ends one whose values held for a time: this and its version.</summary>
    public const string ReturnCause = "return:";

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
/// change, or once for changes that came close together, and again every few seconds as a beacon so that a missed last change cannot hide.
/// </summary>
/// <param name="PreviousVersion">the version the first of the changes follows; equal to <paramref name="Version"/> only at 0</param>
/// <param name="Hash">see <see cref="SettingsValues.Hash"/></param>
/// <param name="Change">null at version 0: nothing was ever changed</param>
/// <param name="Earlier">changes right before <paramref name="Change"/> that travel with it, in order; null: none</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record SettingsMessage(long Version, long PreviousVersion, SettingsValues Values, string Hash, SettingsChange? Change = null,
    IReadOnlyList<SettingsChange>? Earlier = null)
{
    /// <summary>Fan-out exchange the messages go to.</summary>
    public const string Exchange = "hunt.settings";

    /// <summary>Versions that follow one another, in one message.</summary>
    public static SettingsMessage Join(IReadOnlyList<SettingsMessage> versions) => versions.Count == 1
        ? versions[0]
        : versions[^1] with { PreviousVersion = versions[0].PreviousVersion, Earlier = [.. versions.Take(versions.Count - 1).Select(version => version.Change!)] };
}
