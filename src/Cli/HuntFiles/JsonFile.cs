using System.Globalization;
using System.Text.Json;
using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Cli.HuntFiles;

/// <summary>Where everything stands in a JSON file. Stops at the first thing that is not JSON; the reader says what it is.</summary>
internal static class JsonFile
{
    public static void Locate(ReadOnlySpan<byte> json, Positions positions)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DefinitionReader.MaxDepth });
        var open = new Stack<(string Pointer, int Index)>(); // Index -1: an object, whose members name themselves
        var (pointer, line, lineStart, scanned) = ("", 1, 0, 0);
        try
        {
            while (reader.Read())
            {
                var start = (int)reader.TokenStartIndex;
                for (; scanned < start; scanned++)
                    if (json[scanned] == '\n') (line, lineStart) = (line + 1, scanned + 1);
                var column = start - lineStart + 1;
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    pointer = Positions.Member(open.Peek().Pointer, reader.GetString()!);
                    positions.Add(pointer, line, column);
                    continue;
                }
                if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    open.Pop();
                    continue;
                }
                if (open.TryPeek(out var around) && around.Index >= 0)
                {
                    pointer = $"{around.Pointer}/{around.Index.ToString(CultureInfo.InvariantCulture)}";
                    open.Pop();
                    open.Push((around.Pointer, around.Index + 1));
                }
                positions.Add(pointer, line, column);
                if (reader.TokenType == JsonTokenType.StartObject) open.Push((pointer, -1));
                else if (reader.TokenType == JsonTokenType.StartArray) open.Push((pointer, 0));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What was located so far is enough: DefinitionReader reports this very fault.
        }
    }
}
