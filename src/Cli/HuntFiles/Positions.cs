namespace TreasureHunt.Cli.HuntFiles;

/// <summary>Where in the file each JSON pointer begins: the key of a member, the start of an item.</summary>
internal sealed class Positions
{
    private readonly Dictionary<string, (int Line, int Column)> _byPointer = new(StringComparer.Ordinal);

    public void Add(string pointer, int line, int column) => _byPointer.TryAdd(pointer, (line, column));

    public static string Member(string pointer, string name) => $"{pointer}/{name.Replace("~", "~0").Replace("/", "~1")}";

    /// <summary>The place of the pointer, or of the nearest thing around it when it is not in the file (a missing member).</summary>
    public (int Line, int Column) Of(string pointer)
    {
        while (true)
        {
            if (_byPointer.TryGetValue(pointer, out var place)) return place;
            var slash = pointer.LastIndexOf('/');
            if (slash < 0) return (1, 1);
            pointer = pointer[..slash];
        }
    }
}
