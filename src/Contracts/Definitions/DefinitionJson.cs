using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Definitions;

public sealed class RankingConverter() : JsonStringEnumConverter<Ranking>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

public sealed class ClockConverter() : JsonStringEnumConverter<Clock>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

/// <summary>Durations as people write them: a whole number and s, m, h or d.</summary>
public sealed class DurationConverter : JsonConverter<TimeSpan?>
{
    public override TimeSpan? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var value)) return value;
        throw new JsonException("Expected a duration such as \"90s\", \"30m\", \"2h\" or \"1d\".");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan? value, JsonSerializerOptions options)
    {
        if (value is { } span) writer.WriteStringValue(Format(span)); else writer.WriteNullValue();
    }

    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        if (text.Length < 2 || text.Length > 10) return false;
        if (!int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var n)) return false;
        var unit = text[^1] switch { 's' => 1L, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        value = TimeSpan.FromSeconds(n * unit);
        return unit > 0;
    }

    public static string Format(TimeSpan span)
    {
        var seconds = (long)span.TotalSeconds;
        return seconds % 86400 == 0 ? $"{seconds / 86400}d"
            : seconds % 3600 == 0 ? $"{seconds / 3600}h"
            : seconds % 60 == 0 ? $"{seconds / 60}m"
            : $"{seconds}s";
    }
}

/// <summary>A plain number, or { decay, from, to, over, policy }.</summary>
public sealed class ValueRuleConverter : JsonConverter<ValueRule>
{
    public override ValueRule Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            if (!reader.TryGetInt32(out var points)) throw new JsonException("Expected a whole number of points.");
            return new ValueRule { Fixed = points };
        }
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("Expected a number of points, or an object { decay, from, to, over, policy }.");

        int? from = null, to = null, over = null;
        Decay? decay = null;
        var policy = ValuePolicy.Locked;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "decay":
                    decay = Word(ref reader) switch
                    {
                        "exponential" => Decay.Exponential,
                        "linear" => Decay.Linear,
                        _ => throw new JsonException("value.decay is exponential or linear."),
                    };
                    break;
                case "policy":
                    policy = Word(ref reader) switch
                    {
                        "locked" => ValuePolicy.Locked,
                        "live" => ValuePolicy.Live,
                        _ => throw new JsonException("value.policy is locked or live."),
                    };
                    break;
                case "from": from = Whole(ref reader, name); break;
                case "to": to = Whole(ref reader, name); break;
                case "over": over = Whole(ref reader, name); break;
                default: throw new JsonException($"value.{name} is not known; use decay, from, to, over, policy.");
            }
        }
        return new ValueRule
        {
            Decay = decay ?? throw new JsonException("value.decay is missing."),
            From = from ?? throw new JsonException("value.from is missing."),
            To = to ?? throw new JsonException("value.to is missing."),
            Over = over ?? throw new JsonException("value.over is missing."),
            Policy = policy,
        };

        static string? Word(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        static int Whole(ref Utf8JsonReader reader, string? name) =>
            reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var n) ? n : throw new JsonException($"value.{name} is a whole number.");
    }

    public override void Write(Utf8JsonWriter writer, ValueRule value, JsonSerializerOptions options)
    {
        if (value.Fixed is { } points)
        {
            writer.WriteNumberValue(points);
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("decay", value.Decay == Decay.Linear ? "linear" : "exponential");
        writer.WriteNumber("from", value.From);
        writer.WriteNumber("to", value.To);
        writer.WriteNumber("over", value.Over);
        writer.WriteString("policy", value.Policy == ValuePolicy.Live ? "live" : "locked");
        writer.WriteEndObject();
    }
}
