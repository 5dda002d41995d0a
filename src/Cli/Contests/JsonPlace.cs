using System.Globalization;
using System.Text.Json;

namespace TreasureHunt.Cli.Contests;

/// <summary>
/// A JSON value that knows where it stands, so that every complaint names the place. Foreign files: unknown members are
/// ignored, null means absent, and an id may be a number.
/// </summary>
/// <param name="Where">file, and line where the file is read by lines</param>
/// <param name="Pointer">JSON pointer (RFC 6901) inside it</param>
internal readonly record struct JsonPlace(JsonElement Value, string Where, string Pointer)
{
    public bool IsArray => Value.ValueKind == JsonValueKind.Array;
    public bool IsObject => Value.ValueKind == JsonValueKind.Object;
    public bool IsText => Value.ValueKind == JsonValueKind.String;
    public bool IsNumber => Value.ValueKind == JsonValueKind.Number;

    /// <summary>Null when absent or JSON null.</summary>
    public JsonPlace? Member(string name) =>
        IsObject && Value.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? At(found, name) : null;

    public JsonPlace Required(string name) => Member(name) ?? throw At(default, name).Wrong("is missing");

    public string? MemberText(string name) => Member(name)?.Text();

    public IEnumerable<JsonPlace> Items()
    {
        var index = 0;
        foreach (var item in Value.EnumerateArray()) yield return At(item, (index++).ToString(CultureInfo.InvariantCulture));
    }

    public IEnumerable<(string Name, JsonPlace Place)> Members()
    {
        foreach (var member in Value.EnumerateObject()) yield return (member.Name, At(member.Value, member.Name));
    }

    /// <summary>A string, or a number as it is written.</summary>
    public string Text() => Value.ValueKind switch
    {
        JsonValueKind.String => Value.GetString()!,
        JsonValueKind.Number => Value.GetRawText(),
        _ => throw Wrong("must be a text or a number"),
    };

    public long Whole()
    {
        if (IsNumber && Value.TryGetInt64(out var number)) return number;
        if (IsNumber && Value.TryGetDouble(out var real) && Math.Abs(real) < 1e15 && Math.Floor(real) == real) return (long)real;
        if (IsText && long.TryParse(Value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)) return number;
        throw Wrong("must be a whole number");
    }

    /// <summary>true, false, or 1 and 0 as older files have it.</summary>
    public bool Yes() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => Whole() != 0,
        _ => throw Wrong("must be true or false"),
    };

    public TimeSpan Relative() =>
        ContestTimes.Relative(Text()) ?? throw Wrong($"'{Text()}' is no relative time; expected h:mm:ss or h:mm:ss.uuu");

    public DateTimeOffset Absolute() =>
        ContestTimes.Absolute(Text()) ?? throw Wrong($"'{Text()}' is no time; expected ISO 8601 such as 2025-03-02T09:30:00Z");

    public ContestFormatException Wrong(string problem) => new($"{Where} {(Pointer.Length == 0 ? "/" : Pointer)}", problem);

    private JsonPlace At(JsonElement value, string name) =>
        new(value, Where, $"{Pointer}/{name.Replace("~", "~0").Replace("/", "~1")}");

    /// <param name="line">number of the line the text is, in a file read by lines; null: the text is the whole file</param>
    /// <exception cref="ContestFormatException">not JSON; the message gives line and column</exception>
    public static JsonPlace Parse(ReadOnlyMemory<byte> json, string file, int? line = null)
    {
        if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            return new JsonPlace(document.RootElement.Clone(), line is null ? file : $"{file} line {line}", "");
        }
        catch (JsonException e)
        {
            var at = $"{file} line {line ?? e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";
            throw new ContestFormatException(at, "not JSON; is the file complete?", e);
        }
    }
}
