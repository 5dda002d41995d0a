using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>
/// The journal on disk, beside the last known good settings: a file that is replaced whole and outlives a power cut, and a note of what has happened since,
/// written over in place, which outlives the process. Replacing a file costs some milliseconds on a disk that a database keeps busy, writing
/// over one some tens of microseconds, and a change of the settings waits for the note. What is broken is ignored with a warning. Used by one thread at a
/// time, but for <see cref="Write"/> beside <see cref="Note"/>.
/// </summary>
public sealed class SettingsJournalFile(string path, ILogger logger) : IDisposable
{
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The note's file never grows: a write then changes nothing but its content.</summary>
    private const int NoteBytes = 8 * 1024;

    private SafeFileHandle? _note;

    public string Path { get; } = path;

    /// <inheritdoc cref="SettingsJournalFile"/>
    public string NotePath => Path + ".note";

    public static string PathOf(string dataDir, SettingsSubject subject) =>
        System.IO.Path.Combine(dataDir, $"settings-journal.{subject.Service}.{subject.Instance}.json");

    /// <summary>Never throws for a bad file.</summary>
    /// <returns>the journal, null when there is none to be used; and whether there was one that is broken</returns>
    public (SettingsJournal? Journal, bool Broken) Read()
    {
        var (whole, broken) = Read(Path, MaxBytes, SettingsJournalJson.Default.CheckedJournal);
        if (!broken && whole is not null)
        {
            if (whole is not { Journal: { Proven.Values: not null, Lived: not null, Suspects: not null } journal, Check: { } check }) broken = Ignored(Path, "it is not complete");
            else if (check != CheckOf(journal, SettingsJournalJson.Default.SettingsJournal)) broken = Ignored(Path, "its hash is wrong, so it was cut off or edited");
            else return (whole.Step > 0 ? WithNote(journal with { Step = whole.Step }) : Alone(journal), false);
        }
        return (Alone(null), broken);
    }

    /// <summary>All of it.</summary>
    /// <returns>false: it could not be written</returns>
    public bool Write(SettingsJournal journal) => Try(Path, () => WholeFile.Replace(
        Path, JsonSerializer.SerializeToUtf8Bytes(
            new CheckedJournal(journal, CheckOf(journal, SettingsJournalJson.Default.SettingsJournal), journal.Step), SettingsJournalJson.Default.CheckedJournal)));

    /// <summary>All but what is proven, which may then be older than the rest. There must be a whole one.</summary>
    public void Note(SettingsJournal journal) => Try(NotePath, () =>
    {
        var note = new JournalNote(journal.Step, journal.Lived, journal.Suspects, journal.OnTrial);
        var content = JsonSerializer.SerializeToUtf8Bytes(new CheckedNote(note, CheckOf(note, SettingsJournalJson.Default.JournalNote)), SettingsJournalJson.Default.CheckedNote);
        var padded = new byte[NoteBytes];
        padded.AsSpan().Fill((byte)' ');
        content.CopyTo(padded, 0);
        if (_note is null)
        {
            _note = File.OpenHandle(NotePath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.SetLength(_note, NoteBytes);
        }
        RandomAccess.Write(_note, padded, fileOffset: 0);
    });

    public void Dispose() => _note?.Dispose();

    private (T? Content, bool Broken) Read<T>(string path, int maxBytes, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) return (null, false);
            return file.Length > maxBytes ? (null, Ignored(path, $"it is larger than {maxBytes} bytes")) : (JsonSerializer.Deserialize(File.ReadAllBytes(path), type), false);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (null, Ignored(path, e.Message));
        }
    }

    private bool Ignored(string path, string why)
    {
        logger.LogWarning("The journal of settings in {Path} is ignored: {Why}", path, why);
        return true;
    }

    private SettingsJournal WithNote(SettingsJournal journal)
    {
        if (Read(NotePath, NoteBytes, SettingsJournalJson.Default.CheckedNote).Content is not { } noted) return journal;
        if (noted is not { Note: { Lived: not null, Suspects: not null } note } || noted.Check != CheckOf(note, SettingsJournalJson.Default.JournalNote))
        {
            Ignored(NotePath, "its hash is wrong, so it was cut off or edited");
            return journal;
        }
        return note.Step > journal.Step ? journal with { Lived = note.Lived, Suspects = note.Suspects, OnTrial = note.OnTrial, Step = note.Step } : journal;
    }

    /// <summary>A note that is there is of steps that nobody counts any more.</summary>
    private SettingsJournal? Alone(SettingsJournal? journal)
    {
        Try(NotePath, () =>
        {
            if (File.Exists(NotePath)) File.Delete(NotePath);
        });
        return journal;
    }

    private bool Try(string path, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The journal of settings could not be written to {Path}: {Why}. Until it can, nothing guards against settings that crash this process", path, e.Message);
            return false;
        }
    }

    private static string CheckOf<T>(T content, JsonTypeInfo<T> type) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content, type)));
}

/// <param name="Check">hex SHA-256 over the journal as it is written</param>
/// <param name="Step">the journal's: beside it, for a release that does not count takes the rest all the same</param>
internal sealed record CheckedJournal(SettingsJournal Journal, string Check, long Step = 0);

/// <inheritdoc cref="SettingsJournal"/>
internal sealed record JournalNote(long Step, IReadOnlyList<string> Lived, IReadOnlyList<Suspect> Suspects, string? OnTrial);

/// <param name="Check">hex SHA-256 over the note as it is written</param>
internal sealed record CheckedNote(JournalNote Note, string Check);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(CheckedJournal))]
[JsonSerializable(typeof(SettingsJournal))]
[JsonSerializable(typeof(CheckedNote))]
[JsonSerializable(typeof(JournalNote))]
internal sealed partial class SettingsJournalJson : JsonSerializerContext;
