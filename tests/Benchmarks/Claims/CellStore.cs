using System.Text.Json;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>
/// Keeps what was measured, a file for each cell of the table, so that a long table can be made in parts. A cell counts at the commit it was measured at and at no other.
/// </summary>
/// <param name="commit">of the tree that is measured; null: the tree differs from every commit, so that nothing kept is of it</param>
public sealed class CellStore<T>(string folder, string? commit) where T : class
{
    /// <returns>null: not measured at this commit</returns>
    public T? Find(string name)
    {
        if (commit is null || !File.Exists(FileOf(name))) return null;
        try
        {
            return JsonSerializer.Deserialize<Kept>(File.ReadAllText(FileOf(name)), JsonSerializerOptions.Web) is { } kept && kept.Commit == commit ? kept.Cell : null;
        }
        catch (JsonException)
        {
            return null; // cut off, or written by another build: it is measured again
        }
    }

    /// <summary>Whole or not at all: the command may be stopped at any moment.</summary>
    public void Keep(string name, T cell)
    {
        if (commit is null) return;
        Directory.CreateDirectory(folder);
        File.WriteAllText(FileOf(name) + ".new", JsonSerializer.Serialize(new Kept(commit, cell), JsonSerializerOptions.Web));
        File.Move(FileOf(name) + ".new", FileOf(name), overwrite: true);
    }

    private string FileOf(string name) => Path.Combine(folder, name + ".json");

    private sealed record Kept(string Commit, T Cell);
}
