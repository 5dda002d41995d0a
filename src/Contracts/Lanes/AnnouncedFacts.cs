using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Contracts.Lanes;

/// <summary>
/// A hunt's facts in a message that every view gets: read when they are first asked for, for most hunts are looked at by nobody. On the wire an array of <see cref="VersionedFact"/>.
/// </summary>
[JsonConverter(typeof(AnnouncedFactsConverter))]
public sealed class AnnouncedFacts
{
    private static readonly byte[] HuntPublished = JsonSerializer.SerializeToUtf8Bytes(FactNames.HuntPublished, Wire.Default.String);

    private readonly byte[]? _json;
    private IReadOnlyList<VersionedFact>? _facts;

    public AnnouncedFacts(IReadOnlyList<VersionedFact> facts) => _facts = facts;

    /// <param name="json">of the array</param>
    internal AnnouncedFacts(byte[] json) => _json = json;

    /// <exception cref="JsonException">they are no facts this build knows</exception>
    public IReadOnlyList<VersionedFact> Read() => _facts ??= JsonSerializer.Deserialize(_json, Wire.Default.IReadOnlyListVersionedFact) ?? [];

    /// <returns>null: they are no facts this build knows</returns>
    public IReadOnlyList<VersionedFact>? TryRead()
    {
        try
        {
            return Read();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>May there be a publication among them? True by mistake where a text says so.</summary>
    public bool MayPublish() => _json is null ? Read().Any(fact => fact.Fact is HuntPublished) : _json.AsSpan().IndexOf(HuntPublished) >= 0;
}

internal sealed class AnnouncedFactsConverter : JsonConverter<AnnouncedFacts>
{
    /// <summary>As <see cref="Wire"/> speaks, in one walk over all facts: its generated shortcut would begin a walk, with a stack of its own, for each of them. An encoder that is named leaves it out.</summary>
    private static readonly JsonTypeInfo<IReadOnlyList<VersionedFact>> OneWalk =
        (JsonTypeInfo<IReadOnlyList<VersionedFact>>)new JsonSerializerOptions(Wire.Default.Options) { Encoder = JavaScriptEncoder.Default }.GetTypeInfo(typeof(IReadOnlyList<VersionedFact>));

    public override AnnouncedFacts Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new AnnouncedFacts(JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray());
    }

    public override void Write(Utf8JsonWriter writer, AnnouncedFacts value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Read(), OneWalk);
}
