namespace TreasureHunt.Contracts.Definitions;

/// <summary>"Did you mean …?"</summary>
public static class Spelling
{
    /// <summary>" Did you mean 'x'?" for the nearest known name, or nothing when none is near.</summary>
    public static string Suggest(string unknown, IEnumerable<string> known)
    {
        if (unknown.Length > 64) return "";
        var (nearest, best) = ("", Math.Max(1, (unknown.Length + 1) / 3) + 1);
        foreach (var name in known)
        {
            var distance = Distance(unknown, name);
            if (distance < best) (nearest, best) = (name, distance);
        }
        return nearest.Length == 0 ? "" : $" Did you mean '{nearest}'?";
    }

    /// <summary>Edits from one to the other, a swap of neighbours being one (optimal string alignment), capitals aside.</summary>
    private static int Distance(string one, string other)
    {
        var rows = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= other.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            for (var j = 1; j <= other.Length; j++)
            {
                var change = rows[i - 1, j - 1] + (Same(i, j) ? 0 : 1);
                rows[i, j] = Math.Min(change, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && Same(i, j - 1) && Same(i - 1, j)) rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[one.Length, other.Length];

        bool Same(int i, int j) => char.ToLowerInvariant(one[i - 1]) == char.ToLowerInvariant(other[j - 1]);
    }
}
