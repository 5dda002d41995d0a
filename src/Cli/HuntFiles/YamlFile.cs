using System.Buffers;
using System.Globalization;
using System.Text.Json;
using TreasureHunt.Contracts.Definitions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TreasureHunt.Cli.HuntFiles;

/// <summary>YAML as JSON, with the place of everything. One document, no anchors, no tags: an author's file needs neither.</summary>
internal static class YamlFile
{
    /// <exception cref="YamlException">not YAML, or more than an author's file needs; Start is the place</exception>
    public static ReadOnlyMemory<byte> ToJson(string yaml, Positions positions)
    {
        var parser = new Parser(new StringReader(yaml));
        try
        {
            return ToJson(parser, positions);
        }
        catch (Exception e) when (e is not YamlException)
        {
            // On some malformed texts the library's scanner fails by other exceptions than its own.
            var near = parser.Current?.End ?? Mark.Empty;
            throw new YamlException(near, near, "This is not YAML from about here: look for a bracket or a quote that is not closed.", e);
        }
    }

    private static ReadOnlyMemory<byte> ToJson(Parser parser, Positions positions)
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out var end)) throw Refused(end, "The file is empty: begin with hunt: and title:.");
        parser.Consume<DocumentStart>();
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) Value(parser, json, "", depth: 1, positions);
        parser.Consume<DocumentEnd>();
        if (!parser.Accept<StreamEnd>(out _))
            throw Refused(parser.Current!, "A hunt file holds one document: remove the second one and its ---.");
        return buffer.WrittenMemory;
    }

    private static void Value(Parser parser, Utf8JsonWriter json, string pointer, int depth, Positions positions)
    {
        if (depth > DefinitionReader.MaxDepth)
            throw Refused(parser.Current!, $"This is nested deeper than {DefinitionReader.MaxDepth} levels.");
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            positions.Add(pointer, Line(scalar), Column(scalar));
            Write(scalar, json);
        }
        else if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            positions.Add(pointer, Line(sequence), Column(sequence));
            json.WriteStartArray();
            for (var i = 0; !parser.TryConsume<SequenceEnd>(out _); i++) Value(parser, json, $"{pointer}/{i}", depth + 1, positions);
            json.WriteEndArray();
        }
        else if (parser.TryConsume<MappingStart>(out var mapping))
        {
            positions.Add(pointer, Line(mapping), Column(mapping));
            json.WriteStartObject();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (!parser.TryConsume<Scalar>(out var key)) throw Refused(parser.Current!, "A key is a plain word or a text in quotes.");
                var member = Positions.Member(pointer, key.Value);
                positions.Add(member, Line(key), Column(key));
                json.WritePropertyName(key.Value);
                Value(parser, json, member, depth + 1, positions);
            }
            json.WriteEndObject();
        }
        else
        {
            throw Refused(parser.Current!, "Anchors and aliases (& and *) are not supported: write the text out.");
        }
    }

    /// <summary>A plain word is a number, true, false or null when it looks like one (YAML 1.2 core schema); else a text.</summary>
    private static void Write(Scalar scalar, Utf8JsonWriter json)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || !scalar.Tag.IsEmpty) json.WriteStringValue(text);
        else if (text is "" or "~" or "null" or "Null" or "NULL") json.WriteNullValue();
        else if (text is "true" or "True" or "TRUE") json.WriteBooleanValue(true);
        else if (text is "false" or "False" or "FALSE") json.WriteBooleanValue(false);
        else if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) json.WriteNumberValue(whole);
        else if ((char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.')
            && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out var number)) json.WriteNumberValue(number);
        else json.WriteStringValue(text);
    }

    private static int Line(ParsingEvent at) => (int)at.Start.Line;

    private static int Column(ParsingEvent at) => (int)at.Start.Column;

    private static YamlException Refused(ParsingEvent at, string message) => new(at.Start, at.End, message);
}
