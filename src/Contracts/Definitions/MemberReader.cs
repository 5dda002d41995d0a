using System.Globalization;
using System.Text.Json;

namespace TreasureHunt.Contracts.Definitions;

/// <summary>
/// Reads the members of one JSON object, each asked for by name, and notes as problems what is missing, of the wrong kind,
/// written twice or never asked for. Goes on after a problem, so that an author sees all of them at once.
/// </summary>
internal sealed class MemberReader
{
    /// <summary>Most problems noted: a file that has more is not what it should be.</summary>
    private const int MaxProblems = DefinitionCheck.MaxProblems;

    /// <summary>2026-12-01T18:00Z, with seconds and fractions if wanted, with an offset instead of Z if wanted.</summary>
    private static readonly string[] InstantFormats =
        ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly string _pointer;
    private readonly List<DefinitionProblem> _problems;

    private MemberReader(JsonElement element, string pointer, List<DefinitionProblem> problems)
    {
        (_pointer, _problems) = (pointer, problems);
        foreach (var member in element.EnumerateObject())
            if (!_members.TryAdd(member.Name, member.Value)) Note(At(member.Name), "This is written twice: remove one.");
    }

    public static T? Root<T>(JsonElement element, List<DefinitionProblem> problems, Func<MemberReader, T> read, string[] notYet) where T : class
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            problems.Add(new("", "A definition is an object with hunt, title, window and treasures."));
            return null;
        }
        return Read(element, "", problems, read, notYet);
    }

    public bool Has(string name) => _members.ContainsKey(name);

    public bool IsNumber(string name) => _members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number;

    public string Text(string name) => Get(name, required: true) is { } value ? TextOf(value, At(name)) ?? "" : "";

    public int? Whole(string name, bool required = true) => Get(name, required) is { } value ? WholeOf(value, At(name)) : null;

    public TimeSpan? Duration(string name)
    {
        if (Get(name, required: false) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && DurationConverter.TryParse(value.GetString()!, out var span)) return span;
        return None<TimeSpan>(At(name), $"{Shown(value)} is no duration: write a whole number and s, m, h or d, such as 30m.");
    }

    public DateTimeOffset? Instant(string name, bool required = true)
    {
        if (Get(name, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text
            && (text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-'))
            && DateTimeOffset.TryParseExact(text, InstantFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
            return instant;
        return None<DateTimeOffset>(At(name), $"{Shown(value)} is no time: write it as 2026-12-01T18:00Z, or with an offset such as +01:00 instead of Z.");
    }

    public T? Word<T>(string name, (string Word, T Value)[] words, bool required, string[]? notYet = null) where T : struct
    {
        if (Get(name, required) is not { } value) return null;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        foreach (var (word, meaning) in words)
            if (word == text) return meaning;
        if (notYet?.Contains(text) == true) return None<T>(At(name), $"{name}: {text} is not supported yet.");
        var known = words.Select(w => w.Word).ToArray();
        return None<T>(At(name), $"{Shown(value)} is not one of {string.Join(", ", known)}.{Spelling.Suggest(text, known)}");
    }

    /// <param name="orOne">a single text may stand for a list of one</param>
    public IReadOnlyList<string>? Texts(string name, bool required = false, bool orOne = false)
    {
        if (Get(name, required) is not { } value) return null;
        if (orOne && value.ValueKind == JsonValueKind.String) return [value.GetString()!];
        return ListOf(value, At(name), "texts", (item, at) => TextOf(item, at) ?? "");
    }

    public IReadOnlyList<int>? Wholes(string name) =>
        Get(name, required: false) is { } value ? ListOf(value, At(name), "whole numbers", (item, at) => WholeOf(item, at) ?? 0) : null;

    public T? Object<T>(string name, Func<MemberReader, T> read, bool required = true, string[]? notYet = null, string? expected = null) where T : class =>
        Get(name, required) is { } value ? ObjectOf(value, At(name), read, notYet, expected) : null;

    public IReadOnlyList<T>? Objects<T>(string name, Func<MemberReader, T> read, bool required = true, string[]? notYet = null) where T : class =>
        Get(name, required) is { } value
            ? ListOf(value, At(name), "objects", (item, at) => ObjectOf(item, at, read, notYet, null))
            : null;

    /// <summary>An object of texts by text, as authors write it, or a list of objects with two members, as the wire has it.</summary>
    public IReadOnlyList<T>? Pairs<T>(string name, string first, string second, Func<string, string, T> make) where T : class
    {
        if (Get(name, required: false) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Array)
            return ListOf(value, At(name), "objects", (item, at) => ObjectOf(item, at, pair => make(pair.Text(first), pair.Text(second)), null, null));
        if (value.ValueKind != JsonValueKind.Object)
        {
            Note(At(name), $"{Shown(value)} is no object: write {{ \"{first}\": \"{second}\" }}.");
            return null;
        }
        var pairs = new List<T>();
        foreach (var member in value.EnumerateObject())
            if (TextOf(member.Value, $"{At(name)}/{Escape(member.Name)}") is { } text) pairs.Add(make(member.Name, text));
        return pairs;
    }

    private static T Read<T>(JsonElement element, string pointer, List<DefinitionProblem> problems, Func<MemberReader, T> read, string[]? notYet)
    {
        var reader = new MemberReader(element, pointer, problems);
        var result = read(reader);
        foreach (var name in reader._members.Keys)
        {
            if (reader._asked.Contains(name)) continue;
            reader.Note(reader.At(name), notYet?.Contains(name) == true
                ? $"{name} is not supported yet: remove it."
                : $"There is no '{Short(name)}' here.{Spelling.Suggest(name, reader._asked)} Known: {string.Join(", ", reader._asked)}.");
        }
        return result;
    }

    private T? ObjectOf<T>(JsonElement value, string at, Func<MemberReader, T> read, string[]? notYet, string? expected) where T : class
    {
        if (value.ValueKind == JsonValueKind.Object) return Read(value, at, _problems, read, notYet);
        Note(at, $"{Shown(value)} is not what belongs here: write {expected ?? "an object"}.");
        return null;
    }

    private List<T> ListOf<T>(JsonElement value, string at, string of, Func<JsonElement, string, T?> item)
    {
        var list = new List<T>();
        if (value.ValueKind != JsonValueKind.Array)
        {
            Note(at, $"{Shown(value)} is no list: write a list of {of} in [ ].");
            return list;
        }
        var index = 0;
        foreach (var element in value.EnumerateArray())
            if (item(element, $"{at}/{index++}") is { } read) list.Add(read);
        return list;
    }

    private string? TextOf(JsonElement value, string at)
    {
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Note(at, $"{Shown(value)} is no text: write it in \"quotes\".");
        return null;
    }

    private int? WholeOf(JsonElement value, string at) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : None<int>(at, $"{Shown(value)} is no whole number.");

    private JsonElement? Get(string name, bool required)
    {
        _asked.Add(name);
        if (_members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null) return value;
        if (required) Note(At(name), $"{name} is missing: add it.");
        return null;
    }

    private T? None<T>(string at, string message) where T : struct
    {
        Note(at, message);
        return null;
    }

    private void Note(string at, string message)
    {
        if (_problems.Count < MaxProblems) _problems.Add(new(at, message));
    }

    private string At(string name) => $"{_pointer}/{Escape(name)}";

    private static string Escape(string name) => name.Replace("~", "~0").Replace("/", "~1");

    private static string Shown(JsonElement value) => Short(value.ValueKind == JsonValueKind.String ? $"\"{value.GetString()}\"" : value.GetRawText());

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
