using System.Text;

namespace TreasureHunt.Contracts.Definitions;

/// <summary>
/// How answers are compared, rule version 1: compatibility decomposition (NFKD), full case folding, decimal digits of any
/// script as 0-9, a few letters that people type plainly (ß = ss, ø = o, æ = ae …), then everything but letters and
/// numbers dropped. Code point by code point from our own table, so that a guess normalises to the same text, and hashes
/// to the same value, on every machine and under every runtime. Thread-safe.
/// </summary>
public static class Normalisation
{
    public const int Version = 1;

    public static string Of(string text)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes()) length += FoldTable.Length(rune.Value);
        if (length == 0) return "";
        return string.Create(length, text, static (target, source) =>
        {
            foreach (var rune in source.EnumerateRunes()) target = target[FoldTable.Write(rune.Value, target)..];
        });
    }
}
