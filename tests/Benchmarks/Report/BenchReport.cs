using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Tests.Benchmarks.Report;

/// <summary>Notes and tables on the screen, and kept in .hunt/bench: JSON for scripts, Markdown for docs/benchmarks.md.</summary>
public static class BenchReport
{
    /// <summary>Follows the name of a commit that the tree differs from.</summary>
    public const string WithChanges = " with changes";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static void Show(IEnumerable<string> notes, IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> tables)
    {
        foreach (var note in notes) Screen.Line(note);
        foreach (var (title, columns, rows) in tables)
        {
            Screen.Line();
            Screen.Line(title);
            Screen.Table(columns, rows);
        }
    }

    public static void Keep<T>(
        string name, DateTimeOffset at, T result, IEnumerable<string> notes, IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> tables)
    {
        var folder = Path.Combine(Box.StateRoot, "bench");
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"{name}-{at:yyyyMMdd-HHmmss}");
        File.WriteAllText(file + ".json", JsonSerializer.Serialize(result, Format));
        File.WriteAllText(file + ".md", Markdown(notes, tables));
        Screen.Note($"kept in {file}.json and .md");
    }

    /// <summary>What was measured: the commit, and whether the tree differed from it.</summary>
    public static async Task<string> CommitAsync(CancellationToken cancel)
    {
        if (Programs.Find("git") is not { } git) return "unknown";
        var root = Box.RepositoryRoot();
        var commit = await Programs.RunAsync(git, ["-C", root, "rev-parse", "--short", "HEAD"], TimeSpan.FromSeconds(10), cancel);
        var changed = await Programs.RunAsync(git, ["-C", root, "status", "--porcelain", "--untracked-files=no"], TimeSpan.FromSeconds(10), cancel);
        return commit.Ok ? commit.Said.Trim() + (changed.Said.Trim().Length > 0 ? WithChanges : "") : "unknown";
    }

    private static string Markdown(IEnumerable<string> notes, IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> tables)
    {
        var text = new StringBuilder();
        foreach (var note in notes) text.Append(note).Append("\n\n");
        foreach (var (title, columns, rows) in tables)
        {
            text.Append("**").Append(title).Append("**\n\n");
            Row(columns);
            Row([.. columns.Select(_ => "---")]);
            foreach (var row in rows) Row(row);
            text.Append('\n');
        }
        return text.ToString();

        void Row(string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }
}
