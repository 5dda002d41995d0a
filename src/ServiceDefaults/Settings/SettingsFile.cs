using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>
/// The last known good settings of one instance on disk: what it starts with when nobody answers. Replaced whole; one that
/// is broken, or does not fit the schema, is ignored with a warning. Used by one task at a time.
/// </summary>
public sealed class SettingsFile(string path, SettingsSubject subject, ILogger logger)
{
    public string Path { get; } = path;

    /// <summary>Whose file it is.</summary>
    public SettingsSubject Subject { get; } = subject;

    /// <summary>Larger files are refused unread.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    public static string PathOf(string dataDir, SettingsSubject subject) =>
        System.IO.Path.Combine(dataDir, $"settings.{subject.Service}.{subject.Instance}.json");

    /// <summary>When what is in the file was last known to be the latest: it is the file's own time. Null: there is none.</summary>
    public DateTimeOffset? KnownAt => File.Exists(Path) ? new DateTimeOffset(File.GetLastWriteTimeUtc(Path), TimeSpan.Zero) : null;

    /// <summary>What is in the file was the latest then, still.</summary>
    public void Confirm(DateTimeOffset knownAt)
    {
        if (File.Exists(Path)) File.SetLastWriteTimeUtc(Path, knownAt.UtcDateTime);
    }

    /// <summary>The state to begin with; the schema's defaults when there is no usable file. Never throws for a bad file.</summary>
    public SettingsState Read()
    {
        try
        {
            var file = new FileInfo(Path);
            if (!file.Exists) return SettingsState.Initial;
            if (file.Length > MaxBytes) return Ignored($"it is larger than {MaxBytes} bytes");
            var content = JsonSerializer.Deserialize(File.ReadAllBytes(Path), SettingsFileJson.Default.LastKnownGood);
            if (content is not { Values: { } values, Check: { } check, Version: >= 0 }) return Ignored("it is not complete");
            if (check != CheckOf(content.Version, values)) return Ignored("its hash is wrong, so it was cut off or edited");
            var (snapshot, errors) = SettingsSchema.Resolve(content.Version, values, Subject);
            return snapshot is null ? Ignored(errors[0].Message) : new SettingsState(content.Version, values);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Ignored(e.Message);
        }
    }

    /// <summary>Replaces the file: written beside it, flushed to the disk, renamed over it.</summary>
    public void Write(SettingsState state)
    {
        var content = new LastKnownGood(state.Version, state.Values, CheckOf(state.Version, state.Values));
        WholeFile.Replace(Path, JsonSerializer.SerializeToUtf8Bytes(content, SettingsFileJson.Default.LastKnownGood));
    }

    private SettingsState Ignored(string why)
    {
        logger.LogWarning("The last known good settings in {Path} are ignored: {Why}. Starting on the defaults until settings arrive", Path, why);
        return SettingsState.Initial;
    }

    private static string CheckOf(long version, SettingsValues values) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{version}\n{values.Hash}")));
}

/// <param name="Check">hex SHA-256 over the version and the values' hash</param>
internal sealed record LastKnownGood(long Version, SettingsValues Values, string Check);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LastKnownGood))]
internal sealed partial class SettingsFileJson : JsonSerializerContext;
