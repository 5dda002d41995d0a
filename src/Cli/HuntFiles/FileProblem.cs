namespace TreasureHunt.Cli.HuntFiles;

/// <summary>A problem in a hunt file, where an editor can jump to it.</summary>
/// <param name="File">path as the author gave it</param>
/// <param name="Line">1-based; 0: the file as a whole</param>
/// <param name="Column">1-based</param>
/// <param name="Path">such as treasures[2].value; empty: the file as a whole</param>
public sealed record FileProblem(string File, int Line, int Column, string Path, string Message, bool IsWarning = false)
{
    /// <summary>hunt.yaml:12:5 treasures[2].value: …</summary>
    public override string ToString()
    {
        var place = Line == 0 ? File : $"{File}:{Line}:{Column}";
        return Path.Length == 0 ? $"{place} {Message}" : $"{place} {Path}: {Message}";
    }
}
