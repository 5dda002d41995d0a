using System.Globalization;
using System.Text.RegularExpressions;

namespace TreasureHunt.Cli.Contests;

/// <summary>
/// Times as contest systems write them (Contest API "JSON property types"): relative (-)?h:mm:ss(.uuu)?, absolute
/// ISO 8601 with an offset that may lack its minutes. Cut to whole milliseconds.
/// </summary>
internal static partial class ContestTimes
{
    public static TimeSpan? Relative(string text)
    {
        var match = RelativePattern().Match(text);
        if (!match.Success || !int.TryParse(match.Groups["h"].ValueSpan, CultureInfo.InvariantCulture, out var hours)) return null;
        var span = new TimeSpan(hours, Number(match, "m"), Number(match, "s")) + Fraction(match);
        return match.Groups["sign"].Length > 0 ? -span : span;
    }

    /// <summary>Without an offset the time is taken as UTC.</summary>
    public static DateTimeOffset? Absolute(string text)
    {
        var match = AbsolutePattern().Match(text);
        if (!match.Success) return null;
        if (!DateTime.TryParseExact(match.Groups["day"].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return null;
        var offset = new TimeSpan(Number(match, "oh"), Number(match, "om"), 0);
        if (match.Groups["os"].Value == "-") offset = -offset;
        var local = day.AddHours(Number(match, "h")).AddMinutes(Number(match, "m")).AddSeconds(Number(match, "s")) + Fraction(match);
        return new DateTimeOffset(local - offset, TimeSpan.Zero);
    }

    /// <summary>Whole milliseconds, rounded down.</summary>
    public static TimeSpan Cut(TimeSpan span) => TimeSpan.FromMilliseconds((long)Math.Floor(span.TotalMilliseconds));

    private static int Number(Match match, string group) =>
        match.Groups[group] is { Success: true, Length: > 0 } found ? int.Parse(found.ValueSpan, CultureInfo.InvariantCulture) : 0;

    private static TimeSpan Fraction(Match match)
    {
        var digits = match.Groups["f"].Value;
        return digits.Length == 0
            ? TimeSpan.Zero
            : TimeSpan.FromMilliseconds(int.Parse(digits.PadRight(3, '0').AsSpan(0, 3), CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^(?<sign>-)?(?<h>\d{1,6}):(?<m>[0-5]\d):(?<s>[0-5]\d)(\.(?<f>\d{1,12}))?$")]
    private static partial Regex RelativePattern();

    [GeneratedRegex(@"^(?<day>\d{4}-\d\d-\d\d)[T ](?<h>[0-2]\d):(?<m>[0-5]\d)(:(?<s>[0-5]\d)(\.(?<f>\d{1,12}))?)?(Z|(?<os>[+-])(?<oh>\d\d):?(?<om>\d\d)?)?$")]
    private static partial Regex AbsolutePattern();
}
