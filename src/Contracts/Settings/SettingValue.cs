using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// A setting's value as text; what it means is the schema's business. In JSON a whole number is a number, true and
/// false are booleans and everything else is a string, so that documents read as people expect.
/// </summary>
[JsonConverter(typeof(SettingValueConverter))]
public readonly partial record struct SettingValue(string Text)
{
    public static SettingValue Of(long number) => new(number.ToString(CultureInfo.InvariantCulture));

    public static SettingValue Of(bool flag) => new(flag ? "true" : "false");

    public static SettingValue Of(string word) => new(word);

    public override string ToString() => Text ?? "";

    [GeneratedRegex("^(0|-?[1-9][0-9]{0,17})\\z", RegexOptions.CultureInvariant)]
    internal static partial Regex JsonNumber { get; }
}

public sealed class SettingValueConverter : JsonConverter<SettingValue>
{
    public override SettingValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => new SettingValue(reader.HasValueSequence
            ? Encoding.UTF8.GetString(reader.ValueSequence)
            : Encoding.UTF8.GetString(reader.ValueSpan)),
        JsonTokenType.True => SettingValue.Of(true),
        JsonTokenType.False => SettingValue.Of(false),
        JsonTokenType.String => new SettingValue(reader.GetString()!),
        _ => throw new JsonException("A setting's value is a number, true, false or a text."),
    };

    public override void Write(Utf8JsonWriter writer, SettingValue value, JsonSerializerOptions options)
    {
        var text = value.ToString();
        if (text is "true" or "false") writer.WriteBooleanValue(text == "true");
        else if (SettingValue.JsonNumber.IsMatch(text)) writer.WriteRawValue(text);
        else writer.WriteStringValue(text);
    }
}
