using System.Globalization;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Http;

/// <summary>Values of a query string, with the fix when they are wrong.</summary>
internal static class Query
{
    public static (int Value, Problem? Problem) Whole(string name, string? text, int min, int max, int absent)
    {
        if (text is null) return (absent, null);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? (value, null)
            : (absent, Wrong(name, $"It is not a whole number from {min} to {max}.", $"Write ?{name}={absent}, for example."));
    }

    public static (bool Value, Problem? Problem) Flag(string name, string? text) => text switch
    {
        null or "false" => (false, null),
        "true" => (true, null),
        _ => (false, Wrong(name, "It is neither true nor false.", $"Write ?{name}=true, or leave it out.")),
    };

    private static Problem Wrong(string name, string message, string fix) =>
        Problem.Of(400, ProblemTypes.QueryInvalid, "Invalid query", "The query string could not be read.", new FieldError(name, message, fix));
}
