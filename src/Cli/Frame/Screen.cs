using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace TreasureHunt.Cli.Frame;

/// <summary>
/// What people and scripts see. Results go to standard output (a table, or JSON with --json), progress to standard error,
/// so that a pipe gets results only. Without a terminal everything is plain text.
/// </summary>
public static class Screen
{
    private static readonly JsonSerializerOptions Pretty = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for a terminal, not for a page
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static readonly IAnsiConsole Progress = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public static void Line(string text = "") => Console.Out.WriteLine(text);

    /// <summary>Progress: standard error.</summary>
    public static void Note(string text) => Console.Error.WriteLine(text);

    public static void Json<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Pretty));

    /// <summary>A table; aligned columns of plain text when nobody watches.</summary>
    public static void Table(string[] columns, IEnumerable<string[]> rows)
    {
        if (!Console.IsOutputRedirected)
        {
            var table = new Table().Border(TableBorder.Rounded);
            foreach (var column in columns) table.AddColumn(new TableColumn(Markup.Escape(column)));
            foreach (var row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
            AnsiConsole.Write(table);
            return;
        }
        string[][] all = [columns, .. rows];
        var widths = columns.Select((_, i) => all.Max(row => row[i].Length)).ToArray();
        foreach (var row in all)
            Console.Out.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    /// <summary>Shows that something goes on, and how long it took once it is done.</summary>
    public static async Task<T> StepAsync<T>(string what, Func<Task<T>> work)
    {
        var clock = Stopwatch.StartNew();
        var result = Console.IsErrorRedirected
            ? await work()
            : await Progress.Status().StartAsync(Markup.Escape(what) + " …", _ => work());
        Note($"{what}: {clock.Elapsed.TotalSeconds:0.0} s");
        return result;
    }

    public static Task StepAsync(string what, Func<Task> work) => StepAsync(what, async () =>
    {
        await work();
        return true;
    });
}
