using System.CommandLine;

namespace TreasureHunt.Cli.Boxes;

/// <summary>Options that many commands share.</summary>
public static class BoxOptions
{
    public static Option<string> Name() => new("--name") { Description = "name of the box", DefaultValueFactory = _ => Box.DefaultName };

    public static Option<bool> Json() => new("--json") { Description = "print JSON for scripts" };

    public static Option<bool> JsonLines() => new("--json") { Description = "print JSON for scripts, a line each" };
}
