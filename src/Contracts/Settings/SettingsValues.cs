using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// Immutable values by scope and key. In JSON { scope: { key: value } } in ordinal order, the same text for the same
/// values in every process; equal when the values are equal.
/// </summary>
[JsonConverter(typeof(SettingsValuesConverter))]
public sealed class SettingsValues : IEquatable<SettingsValues>
{
    public static SettingsValues None { get; } = new(ImmutableSortedDictionary.Create<string, SettingValue>(StringComparer.Ordinal));

    // Scope and key in one text, parted by a character that neither may hold: sorted by scope, then key.
    private const char Parting = '\u001f';
    private readonly ImmutableSortedDictionary<string, SettingValue> _values;
    private string? _hash;
    private HashSet<string>? _scopes;

    private SettingsValues(ImmutableSortedDictionary<string, SettingValue> values) => _values = values;

    public int Count => _values.Count;

    /// <summary>Those that have a value of their own.</summary>
    public IReadOnlySet<string> Scopes => _scopes ??= [.. _values.Keys.Select(name => name[..name.IndexOf(Parting, StringComparison.Ordinal)])];

    public SettingValue? Find(string scope, string key) =>
        _values.TryGetValue(scope + Parting + key, out var value) ? value : null;

    /// <summary>The value that holds for a process, and whose it is; null: none of its scopes has one.</summary>
    public (string Scope, SettingValue Value)? Find(SettingsSubject subject, string key)
    {
        foreach (var scope in subject.Scopes)
            if (Find(scope, key) is { } value) return (scope, value);
        return null;
    }

    public SettingsValues With(string scope, string key, SettingValue value)
    {
        if (scope.Length == 0 || scope.Contains(Parting)) throw new ArgumentException("A scope is a text without control characters.", nameof(scope));
        if (key.Length == 0 || key.Contains(Parting)) throw new ArgumentException("A key is a text without control characters.", nameof(key));
        return new SettingsValues(_values.SetItem(scope + Parting + key, value));
    }

    public SettingsValues Without(string scope, string key) => new(_values.Remove(scope + Parting + key));

    /// <summary>In ordinal order of scope, then key.</summary>
    public IEnumerable<(string Scope, string Key, SettingValue Value)> All()
    {
        foreach (var (name, value) in _values)
        {
            var at = name.IndexOf(Parting, StringComparison.Ordinal);
            yield return (name[..at], name[(at + 1)..], value);
        }
    }

    /// <summary>First 16 bytes, in hex, of SHA-256 over "scope US key US value LF" of every value in order (US is U+001F), in UTF-8.</summary>
    public string Hash
    {
        get
        {
            if (_hash is { } known) return known;
            var text = new StringBuilder();
            foreach (var (name, value) in _values) text.Append(name).Append(Parting).Append(value.Text).Append('\n');
            return _hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
        }
    }

    public bool Equals(SettingsValues? other) => other is not null && _values.SequenceEqual(other._values);

    public override bool Equals(object? obj) => Equals(obj as SettingsValues);

    public override int GetHashCode() => Hash.GetHashCode(StringComparison.Ordinal);
}

public sealed class SettingsValuesConverter : JsonConverter<SettingsValues>
{
    /// <summary>More than any fleet has; a larger document is refused.</summary>
    public const int MaxValues = 10_000;

    private static readonly SettingValueConverter OfValue = new();

    public override SettingsValues Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var values = SettingsValues.None;
        Open(reader);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var scope = reader.GetString()!;
            reader.Read();
            Open(reader);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = reader.GetString()!;
                reader.Read();
                try
                {
                    values = values.With(scope, key, OfValue.Read(ref reader, typeof(SettingValue), options));
                }
                catch (ArgumentException e)
                {
                    throw new JsonException(e.Message, e);
                }
                if (values.Count > MaxValues) throw new JsonException($"More than {MaxValues} values.");
            }
        }
        return values;

        static void Open(Utf8JsonReader at)
        {
            if (at.TokenType != JsonTokenType.StartObject) throw new JsonException("Expected { scope: { key: value } }.");
        }
    }

    public override void Write(Utf8JsonWriter writer, SettingsValues value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var scope in value.All().GroupBy(entry => entry.Scope))
        {
            writer.WriteStartObject(scope.Key);
            foreach (var (_, key, setting) in scope)
            {
                writer.WritePropertyName(key);
                OfValue.Write(writer, setting, options);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }
}
