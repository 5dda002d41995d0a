namespace TreasureHunt.Contracts.Definitions;

/// <summary>"Did you mean …?"</summary>
public static class Spelling
{
    /// <summary>" Did you mean 'x'?" for the nearest known name, or nothing when none is near.</summary>
    public static string Suggest(string unknown, IEnumerable<string> known)
    {
        if (unknown.Length > 64) return "";
        var (nearest, best) = ("", Math.Max(1, unknown.Length / 3) + 1);
        foreach (var name in known)
        {
            var distance = Distance(unknown, name);
            if (distance < best) (nearest, best) = (name, distance);
        }
        return nearest.Length == 0 ? "" : $" Did you mean '{nearest}'?";
    }

    /// <summary>Edits from one to the other (Levenshtein), capitals aside.</summary>
    private static int Distance(string one, string other)
    {
        var row = new int[other.Length + 1];
        for (var j = 0; j < row.Length; j++) row[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var change = char.ToLowerInvariant(one[i - 1]) == char.ToLowerInvariant(other[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(diagonal + change, Math.Min(row[j], row[j - 1]) + 1));
            }
        }
        return row[other.Length];
    }
}
