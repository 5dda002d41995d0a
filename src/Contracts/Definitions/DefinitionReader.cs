using System.Text.Json;

namespace TreasureHunt.Contracts.Definitions;

/// <summary>What came of reading a definition: a definition, or the problems that stood in the way.</summary>
public sealed record DefinitionReading(HuntDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems);

/// <summary>
/// Reads an author's definition from JSON and names every problem by its pointer, several at once. Whether the hunt can be
/// played is the business of <see cref="DefinitionCheck"/>.
/// </summary>
public static class DefinitionReader
{
    public const int MaxDepth = 16;

    public static DefinitionReading FromJson(ReadOnlySpan<byte> json)
    {
        if (json.Length > HuntDefinition.MaxBytes)
            return Failed($"The definition has {json.Length:N0} bytes, more than the {HuntDefinition.MaxBytes:N0} allowed: shorten its texts.");
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            using var document = JsonDocument.ParseValue(ref reader);
            while (reader.Read()) { } // anything after the value is an error
            return Read(document.RootElement);
        }
        catch (JsonException e) when (e.Message.Contains("maximum configured depth", StringComparison.Ordinal))
        {
            return Failed($"The definition is nested deeper than {MaxDepth} levels. See where a bracket is opened too often{Where(e)}.");
        }
        catch (JsonException e)
        {
            return Failed($"This is not JSON{Where(e)}: {Reason(e)}");
        }
        catch (InvalidOperationException) // what JsonElement throws for half a surrogate pair or broken UTF-8
        {
            return Failed("A text holds broken Unicode: save the file as UTF-8 and look for a lone \\ud8xx escape.");
        }
    }

    private static DefinitionReading Failed(string message) => new(null, [new DefinitionProblem("", message)]);

    private static string Where(JsonException e) => $" (line {e.LineNumber + 1}, column {e.BytePositionInLine + 1})";

    private static string Reason(JsonException e) => e.Message.Split(" LineNumber:")[0];

    private static DefinitionReading Read(JsonElement root)
    {
        var problems = new List<DefinitionProblem>();
        var definition = MemberReader.Root(root, problems, Hunt, notYet: ["divisions"]);
        return new DefinitionReading(problems.Count == 0 ? definition : null, problems);
    }

    private static HuntDefinition Hunt(MemberReader hunt) => new()
    {
        Hunt = hunt.Text("hunt"),
        Title = hunt.Text("title"),
        Window = hunt.Object("window", window => new Window(window.Instant("opens") ?? default, window.Instant("closes") ?? default))
            ?? new Window(default, default),
        Board = hunt.Object("board", board => new BoardRules(board.Instant("freezeAt", required: false)), required: false),
        Ranking = hunt.Word("ranking", [("points", Ranking.Points), ("solved-then-penalty", Ranking.SolvedThenPenalty)],
            required: false, notYet: ["first-to-finish"]) ?? Ranking.Points,
        Clock = hunt.Word("clock", [("wall", Clock.Wall), ("imported", Clock.Imported)], required: false) ?? Clock.Wall,
        Treasures = hunt.Objects("treasures", Treasure, notYet: ["place"]) ?? [],
    };

    private static Treasure Treasure(MemberReader treasure) => new()
    {
        Id = treasure.Text("id"),
        Title = treasure.Text("title"),
        Clue = treasure.Text("clue"),
        Answer = treasure.Object("answer", Answer, notYet: ["pattern", "number", "allOf"]) ?? new AnswerRule([]),
        Needs = treasure.Object("needs", Needs, required: false),
        Value = Value(treasure),
        Firsts = treasure.Wholes("firsts") ?? [],
        Copies = treasure.Whole("copies", required: false),
        Attempts = treasure.Object("attempts", attempts => new AttemptRule(
            attempts.Whole("max", required: false), attempts.Duration("per"), attempts.Whole("penalty", required: false) ?? 0), required: false),
        Hints = treasure.Objects("hints", hint => new Hint(
            hint.Text("id"), hint.Text("text"), hint.Whole("cost", required: false) ?? 0, hint.Duration("after")), required: false) ?? [],
        NearMisses = treasure.Pairs("nearMisses", "word", "says", (word, says) => new NearMiss(word, says)) ?? [],
    };

    private static AnswerRule Answer(MemberReader answer)
    {
        var later = answer.Has("pattern") || answer.Has("number") || answer.Has("allOf");
        return new AnswerRule(answer.Texts("text", required: !later, orOne: true) ?? []);
    }

    private static Needs Needs(MemberReader needs) => new()
    {
        All = needs.Texts("all"),
        Any = needs.Texts("any"),
        AtLeast = needs.Whole("atLeast", required: false),
        Of = needs.Texts("of"),
        Points = needs.Whole("points", required: false),
        After = needs.Duration("after"),
    };

    private static ValueRule Value(MemberReader treasure) =>
        treasure.IsNumber("value")
            ? new ValueRule { Fixed = treasure.Whole("value") ?? 0 }
            : treasure.Object("value", Decaying, notYet: ["formula"], expected: "a number of points, or { decay, from, to, over, policy }")
                ?? new ValueRule { Fixed = 0 };

    private static ValueRule Decaying(MemberReader value)
    {
        var required = !value.Has("formula");
        return new ValueRule
        {
            Decay = value.Word("decay", [("exponential", Decay.Exponential), ("linear", Decay.Linear)], required) ?? default,
            From = value.Whole("from", required) ?? 0,
            To = value.Whole("to", required) ?? 0,
            Over = value.Whole("over", required) ?? 1,
            Policy = value.Word("policy", [("locked", ValuePolicy.Locked), ("live", ValuePolicy.Live)], required: false) ?? ValuePolicy.Locked,
        };
    }
}
