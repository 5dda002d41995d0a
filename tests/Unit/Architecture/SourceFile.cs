using System.Text.RegularExpressions;
using TreasureHunt.Cli.Boxes;

namespace TreasureHunt.Tests.Unit.Architecture;

/// <summary>A source file as the rules see it.</summary>
/// <param name="Path">from the repository's root, with '/'</param>
public sealed partial record SourceFile(string Path, string Text)
{
    /// <summary>Everything under src that people wrote.</summary>
    public static IReadOnlyList<SourceFile> All()
    {
        var root = Box.RepositoryRoot();
        return
        [
            .. Directory.EnumerateFiles(System.IO.Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
                .Select(file => (file, path: System.IO.Path.GetRelativePath(root, file)))
                .Where(source => !source.path.Split('/').Any(part => part is "bin" or "obj"))
                .Select(source => new SourceFile(source.path, File.ReadAllText(source.file)))
                .OrderBy(source => source.Path, StringComparer.Ordinal),
        ];
    }

    /// <summary>Does the code name a namespace or one below it? Words in comments and strings do not count.</summary>
    public bool Names(string space) =>
        Regex.IsMatch(Code(), $@"(\busing\s+(static\s+)?|\busing\s+\w+\s*=\s*|(?<![\w.])){Regex.Escape(space)}(\.\w|\s*;)");

    public bool Says(string pattern) => Regex.IsMatch(Code(), pattern);

    public bool IsUnder(string folder) => Path.StartsWith(folder, StringComparison.Ordinal);

    /// <summary>Without comments and strings.</summary>
    public string Code() => NotCode().Replace(Text, "");

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|"(\\.|[^"\\\n])*["]""", RegexOptions.Singleline)]
    private static partial Regex NotCode();
}
