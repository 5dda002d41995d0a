using System.Globalization;

namespace TreasureHunt.Cli.Contests;

/// <summary>Turns foreign ids into ours, [a-z0-9-]{1,64}: unique, stable for the same input order, back and forth.</summary>
public sealed class Slugs
{
    private const int MaxLength = 64;
    private readonly Dictionary<string, string> _slugs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

    /// <param name="fallback">for ids without a letter or digit we can use</param>
    public Slugs(IEnumerable<(string Id, string Wish)> wishes, string fallback)
    {
        foreach (var (id, wish) in wishes)
        {
            var slug = Of(wish, fallback);
            for (var n = 2; _ids.ContainsKey(slug); n++)
            {
                var suffix = "-" + n.ToString(CultureInfo.InvariantCulture);
                var stem = Of(wish, fallback);
                slug = stem[..Math.Min(stem.Length, MaxLength - suffix.Length)] + suffix;
            }
            _slugs.Add(id, slug);
            _ids.Add(slug, id);
        }
    }

    public string this[string id] => _slugs[id];

    /// <summary>The foreign id; null for a slug that was not given out here.</summary>
    public string? IdOf(string slug) => _ids.GetValueOrDefault(slug);

    public static string Of(string text, string fallback)
    {
        var slug = new List<char>(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c)) slug.Add(char.ToLowerInvariant(c));
            else if (slug.Count > 0 && slug[^1] != '-') slug.Add('-');
            if (slug.Count == MaxLength) break;
        }
        var trimmed = new string([.. slug]).TrimEnd('-');
        return trimmed.Length == 0 ? fallback : trimmed;
    }
}
