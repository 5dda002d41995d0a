namespace TreasureHunt.Contracts.Settings;

/// <summary>Finds what somebody probably meant.</summary>
public static class Spelling
{
    /// <summary>The candidate with the fewest edits; null when nothing is near (more than half of it would have to change).</summary>
    public static string? Nearest(string text, IEnumerable<string> candidates)
    {
        if (text.Length > 64) return null;
        var best = candidates
            .Select(candidate => (candidate, edits: Edits(text.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .OrderBy(pair => pair.edits)
            .FirstOrDefault();
        return best.candidate is { } near && best.edits <= Math.Max(text.Length, near.Length) / 2 ? near : null;
    }

    /// <summary>Levenshtein distance by one row.</summary>
    private static int Edits(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
