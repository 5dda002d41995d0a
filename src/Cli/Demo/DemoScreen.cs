using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// Shows a demo while it runs: figures that change in place and a list of what happened, on standard error. Without a
/// terminal the same as plain lines, the figures every few seconds.
/// </summary>
internal sealed class DemoScreen(string title)
{
    private const int MaxLines = 14;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250), PlainEvery = TimeSpan.FromSeconds(5);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<string> _lines = []; // under its own lock

    /// <summary>Something happened.</summary>
    public void Say(string what)
    {
        var line = $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {what}";
        lock (_lines) _lines.Add(line);
        if (Console.IsErrorRedirected) Screen.Note(line);
    }

    /// <summary>Shows until the work ends. Failures of the work come through.</summary>
    /// <param name="figures">name and value of each figure, asked for at every refresh</param>
    public async Task ShowAsync(Task work, Func<IReadOnlyList<(string Name, string Value)>> figures)
    {
        if (Console.IsErrorRedirected)
        {
            while (await Task.WhenAny(work, Task.Delay(PlainEvery)) != work)
                Screen.Note($"{_clock.Elapsed.TotalSeconds,6:0.0} s  {string.Join("  ", figures().Select(f => $"{f.Name} {f.Value}"))}");
        }
        else
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
            await console.Live(Text.Empty).StartAsync(async live =>
            {
                do live.UpdateTarget(Picture(figures()));
                while (await Task.WhenAny(work, Task.Delay(Refresh)) != work);
                live.UpdateTarget(Picture(figures()));
            });
        }
        await work;
    }

    private Rows Picture(IReadOnlyList<(string Name, string Value)> figures)
    {
        var grid = new Grid().AddColumn().AddColumn();
        foreach (var (name, value) in figures) grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
        IRenderable[] lines;
        lock (_lines) lines = [.. _lines.TakeLast(MaxLines).Select(line => new Text(line))];
        return new Rows(new Panel(grid).Header(Markup.Escape($" {title} · {_clock.Elapsed.TotalSeconds:0} s ")).Expand(), new Rows(lines));
    }
}
