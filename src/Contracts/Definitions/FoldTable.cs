using System.Globalization;
using System.Text;

namespace TreasureHunt.Contracts.Definitions;

/// <summary>
/// What each code point becomes, read once from the embedded table (made by docs/normalisation/generate.py, which states
/// the format). Pages of 256 code points; whole pages of dropped or kept ones are shared.
/// </summary>
internal static class FoldTable
{
    private const int Dropped = int.MinValue, FirstText = 0x200000;
    private const int HangulFirst = 0xAC00, HangulLast = 0xD7A3, Leading = 0x1100, Vowel = 0x1161, Trailing = 0x11A7;

    /// <summary>By page: how far a code point shifts, Dropped, or FirstText + index into <see cref="Texts"/>.</summary>
    private static readonly int[][] Pages = new int[0x1100][];
    private static readonly List<string> Texts = [];

    static FoldTable()
    {
        var dropped = new int[256];
        Array.Fill(dropped, Dropped);
        Array.Fill(Pages, dropped);
        var kept = new int[256];

        using var table = new StreamReader(typeof(FoldTable).Assembly.GetManifestResourceStream("normalisation-1.txt")!);
        while (table.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var equals = line.IndexOf('=');
            if (equals > 0)
            {
                var code = Hex(line.AsSpan(0, equals));
                var text = string.Concat(line[(equals + 1)..].Split(' ').Select(part => char.ConvertFromUtf32(Hex(part))));
                Texts.Add(text);
                Page(code)[code & 0xFF] = FirstText + Texts.Count - 1;
                continue;
            }
            var dash = line.IndexOf('-');
            var blank = line.IndexOf(' ');
            var last = Hex(line.AsSpan((dash + 1)..(blank < 0 ? line.Length : blank)));
            var shift = blank < 0 ? 0 : Hex(line.AsSpan(blank + 2)) * (line[blank + 1] == '-' ? -1 : 1);
            for (var code = Hex(line.AsSpan(0, dash)); code <= last; code++)
            {
                if (shift == 0 && (code & 0xFF) == 0 && code + 0xFF <= last)
                {
                    Pages[code >> 8] = kept;
                    code += 0xFF;
                }
                else
                {
                    Page(code)[code & 0xFF] = shift;
                }
            }
        }

        int[] Page(int code) => Pages[code >> 8] == dropped ? Pages[code >> 8] = (int[])dropped.Clone() : Pages[code >> 8];
    }

    /// <summary>Number of chars <see cref="Write"/> will write.</summary>
    public static int Length(int code)
    {
        if (code is >= HangulFirst and <= HangulLast) return (code - HangulFirst) % 28 == 0 ? 2 : 3;
        var shift = Pages[code >> 8][code & 0xFF];
        return shift == Dropped ? 0
            : shift >= FirstText ? Texts[shift - FirstText].Length
            : code + shift > 0xFFFF ? 2 : 1;
    }

    public static int Write(int code, Span<char> target)
    {
        if (code is >= HangulFirst and <= HangulLast) return WriteHangul(code - HangulFirst, target);
        var shift = Pages[code >> 8][code & 0xFF];
        if (shift == Dropped) return 0;
        if (shift < FirstText) return new Rune(code + shift).EncodeToUtf16(target);
        var text = Texts[shift - FirstText];
        text.CopyTo(target);
        return text.Length;
    }

    /// <summary>The Unicode Standard, 3.12: a syllable is leading consonant, vowel and perhaps a trailing consonant.</summary>
    private static int WriteHangul(int syllable, Span<char> target)
    {
        target[0] = (char)(Leading + syllable / (21 * 28));
        target[1] = (char)(Vowel + syllable / 28 % 21);
        if (syllable % 28 == 0) return 2;
        target[2] = (char)(Trailing + syllable % 28);
        return 3;
    }

    private static int Hex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
