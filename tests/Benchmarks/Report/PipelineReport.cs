using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Tests.Benchmarks.Report;

/// <summary>Shows the result and keeps it: JSON for scripts, Markdown for docs/benchmarks.md, both in .hunt/bench.</summary>
public static class PipelineReport
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static void Show(PipelineResult result)
    {
        if (result.Plan.Json)
        {
            Screen.Json(result);
            return;
        }
        foreach (var note in PipelineTables.Notes(result)) Screen.Line(note);
        foreach (var (title, columns, rows) in PipelineTables.Of(result))
        {
            Screen.Line();
            Screen.Line(title);
            Screen.Table(columns, rows);
        }
    }

    public static void Keep(PipelineResult result)
    {
        var folder = Path.Combine(Box.StateRoot, "bench");
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"pipeline-{result.At:yyyyMMdd-HHmmss}");
        File.WriteAllText(file + ".json", JsonSerializer.Serialize(result, Format));
        File.WriteAllText(file + ".md", Markdown(result));
        Screen.Note($"kept in {file}.json and .md");
    }

    private static string Markdown(PipelineResult result)
    {
        var text = new StringBuilder();
        foreach (var note in PipelineTables.Notes(result)) text.Append(note).Append("\n\n");
        foreach (var (title, columns, rows) in PipelineTables.Of(result))
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
