using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Cli.Boxes;

/// <summary>
/// A named running system on this machine: its servers, its services, its keys. All of it is in .hunt/NAME/box.json
/// (mode 600, folder 700). Commands that change a box hold <see cref="LockAsync"/>.
/// </summary>
public sealed partial class Box
{
    public const string DefaultName = "box";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public required string Name { get; init; }

    /// <summary>Random; names what the box owns outside its folder (data folder, containers).</summary>
    public required string Id { get; init; }

    /// <summary>Fixed for the life of its store: a box that comes to a provisioned one takes that one's.</summary>
    public required int Lanes { get; set; }

    /// <summary>Of the servers the box provisions for itself.</summary>
    public required string ServerPassword { get; init; }

    /// <summary>32 bytes, base64.</summary>
    public required string SealKey { get; init; }
    public required string SealKeyId { get; init; }

    /// <summary>32 bytes, base64.</summary>
    public required string TokenKey { get; init; }

    /// <summary>null: not provisioned, or stopped.</summary>
    public ProvisionedServers? Servers { get; set; }

    /// <summary>Server processes we started, in order. What is listed and not alive has crashed.</summary>
    public List<OwnedProcess> ServerProcesses { get; init; } = [];

    /// <summary>Service processes we started. What is listed and not alive has crashed.</summary>
    public List<BoxService> Services { get; init; } = [];

    [JsonIgnore]
    public string Folder => FolderOf(Name);

    [JsonIgnore]
    public string Logs => Path.Combine(Folder, "logs");

    /// <summary>Where all boxes live: .hunt at the repository's root.</summary>
    public static string StateRoot { get; set; } = Path.Combine(RepositoryRoot(), ".hunt");

    /// <summary>Two for each core of this machine, which is all that a box has: more would cost envelopes and commits, and no processor more could share them.</summary>
    public static int LanesHere => Math.Clamp(2 * Environment.ProcessorCount, 2, LaneHash.DefaultLaneCount);

    /// <param name="lanes">null: <see cref="LanesHere"/></param>
    public static Box Create(string name, int? lanes = null)
    {
        CheckName(name);
        var box = new Box
        {
            Name = name,
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)),
            Lanes = lanes ?? LanesHere,
            ServerPassword = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            SealKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            SealKeyId = "k1",
            TokenKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        };
        box.Save();
        return box;
    }

    /// <exception cref="CommandFailed">there is no such box</exception>
    public static Box Load(string name) =>
        TryLoad(name) ?? throw new CommandFailed(ExitCode.NotProvisioned, $"There is no box '{name}'. Start one: ./hunt up{NameOption(name)}");

    /// <exception cref="CommandFailed">the file is there and cannot be read</exception>
    public static Box? TryLoad(string name)
    {
        CheckName(name);
        var file = Path.Combine(FolderOf(name), "box.json");
        if (!File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize<Box>(File.ReadAllText(file), Format);
        }
        catch (Exception broken) when (broken is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailed(ExitCode.Failed, $"{file} cannot be read ({broken.Message}). Remove the folder to start anew.", broken);
        }
    }

    /// <summary>Names of all boxes that have a state file.</summary>
    public static IReadOnlyList<string> Names() =>
        Directory.Exists(StateRoot)
            ? [.. Directory.EnumerateFiles(StateRoot, "box.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
                .Select(file => Path.GetFileName(Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>Replaces the state file as a whole: a reader sees the old one or the new one.</summary>
    public void Save()
    {
        Directory.CreateDirectory(Folder, OwnerOnly | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Logs);
        var file = Path.Combine(Folder, "box.json");
        WritePrivate(file + ".new", JsonSerializer.Serialize(this, Format));
        File.Move(file + ".new", file, overwrite: true);
    }

    public void Delete() => Directory.Delete(Folder, recursive: true);

    /// <summary>One command at a time changes a box.</summary>
    public static async Task<IDisposable> LockAsync(string name, CancellationToken cancel)
    {
        CheckName(name);
        Directory.CreateDirectory(StateRoot);
        var said = false;
        return await new Polling(TimeSpan.FromMilliseconds(200)).UntilAsync<IDisposable>(
            _ => Task.FromResult<IDisposable>(new FileStream(Path.Combine(StateRoot, name + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)),
            _ => true, cancel, no => no is IOException && Say());

        bool Say()
        {
            if (!said) Screen.Note($"waiting: another command is changing the box '{name}' …");
            return said = true;
        }
    }

    /// <summary>A file nobody else may read.</summary>
    public static void WritePrivate(string path, string text)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly,
        });
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    public static string NameOption(string name) => name == DefaultName ? "" : $" --name {name}";

    private static string FolderOf(string name) => Path.Combine(StateRoot, name);

    private static void CheckName(string name)
    {
        if (!ValidName().IsMatch(name))
            throw new CommandFailed(ExitCode.Usage, $"--name '{name}': use 1 to 32 of a-z, 0-9 and '-'.");
    }

    [GeneratedRegex("^[a-z0-9-]{1,32}$")]
    private static partial Regex ValidName();

    /// <summary>The script says it; a test or an editor starts somewhere below it.</summary>
    public static string RepositoryRoot()
    {
        if (Environment.GetEnvironmentVariable("HUNT_ROOT") is { Length: > 0 } root) return root;
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "TreasureHunt.sln"))) return folder;
        return Environment.CurrentDirectory;
    }
}

/// <param name="Instance">name in the fleet: ingress-1, processor-1, processor-2, config-1</param>
/// <param name="Address">http://127.0.0.1:PORT</param>
public sealed record BoxService(string Instance, Uri Address, OwnedProcess Process);
