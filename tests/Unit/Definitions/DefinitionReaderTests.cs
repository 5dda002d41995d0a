using System.Text;
using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Tests.Unit.Golden;

namespace TreasureHunt.Tests.Unit.Definitions;

public class DefinitionReaderTests
{
    private const string Whole = """
        {
          "hunt": "old-town", "title": "Secrets of the Old Town",
          "window": { "opens": "2026-12-01T18:00Z", "closes": "2026-12-02T19:00:00+01:00" },
          "board": { "freezeAt": "2026-12-02T16:00:00.5Z" },
          "ranking": "points",
          "treasures": [
            { "id": "gate", "title": "The gate", "clue": "Walk in.", "answer": { "text": "porta" }, "value": 100 },
            { "id": "clock", "title": "The clock", "clue": "I show the hour.",
              "answer": { "text": ["town hall", "rathaus"] },
              "needs": { "all": ["gate"] },
              "value": { "decay": "exponential", "from": 500, "to": 100, "over": 50, "policy": "live" },
              "firsts": [50, 30, 10], "copies": 5,
              "attempts": { "max": 10, "per": "1m", "penalty": 5 },
              "hints": [ { "id": "h1", "text": "Look up.", "cost": 20, "after": "30m" } ],
              "nearMisses": { "church": "Right square, wrong building." } }
          ]
        }
        """;

    private static DefinitionReading Read(string json) => DefinitionReader.FromJson(Encoding.UTF8.GetBytes(json));

    private static string[] Problems(string json) => [.. Read(json).Problems.Select(problem => $"{problem.Pointer}: {problem.Message}")];

    [Fact]
    public void An_authors_definition_is_read_whole()
    {
        var (definition, problems) = Read(Whole);
        Assert.Empty(problems);
        Assert.Equal(new DateTimeOffset(2026, 12, 2, 18, 0, 0, TimeSpan.Zero), definition!.Window.Closes);
        Assert.Equal(500, definition.Board!.FreezeAt!.Value.Millisecond);
        var (gate, clock) = (definition.Treasures[0], definition.Treasures[1]);
        Assert.Equal(["porta"], gate.Answer.Text);
        Assert.Equal(100, gate.Value.Fixed);
        Assert.Null(gate.Copies);
        Assert.Equal(new ValueRule { Decay = Decay.Exponential, From = 500, To = 100, Over = 50, Policy = ValuePolicy.Live }, clock.Value);
        Assert.Equal(["gate"], clock.Needs!.All!);
        Assert.Equal([50, 30, 10], clock.Firsts);
        Assert.Equal((5, new AttemptRule(10, TimeSpan.FromMinutes(1), 5)), (clock.Copies!.Value, clock.Attempts!));
        Assert.Equal([new Hint("h1", "Look up.", 20, TimeSpan.FromMinutes(30))], clock.Hints);
        Assert.Equal([new NearMiss("church", "Right square, wrong building.")], clock.NearMisses);
    }

    [Fact]
    public void What_the_wire_writes_is_read_as_the_same_definition()
    {
        var published = StoredFacts.All.OfType<Contracts.Facts.HuntPublished>().Single().Definition;
        var json = JsonSerializer.Serialize(published, Wire.Default.HuntDefinition);
        Assert.Equal(json, JsonSerializer.Serialize(Read(json).Definition, Wire.Default.HuntDefinition));
    }

    [Theory]
    [InlineData("\"title\": \"S", "\"titel\": \"S", "/titel: There is no 'titel' here. Did you mean 'title'?")]
    [InlineData("\"policy\": \"live\"", "\"policy\": \"lively\"", "/treasures/1/value/policy: \"lively\" is not one of locked, live. Did you mean 'live'?")]
    [InlineData("\"per\": \"1m\"", "\"per\": \"1 min\"", "/treasures/1/attempts/per: \"1 min\" is no duration: write a whole number and s, m, h or d, such as 30m.")]
    [InlineData("2026-12-01T18:00Z", "2026-12-01 18:00", "/window/opens: \"2026-12-01 18:00\" is no time")]
    [InlineData("2026-12-01T18:00Z", "2026-12-01T18:00", "/window/opens: \"2026-12-01T18:00\" is no time")]
    [InlineData("\"copies\": 5", "\"copies\": \"five\"", "/treasures/1/copies: \"five\" is no whole number.")]
    [InlineData("\"copies\": 5", "\"copies\": 1.5", "/treasures/1/copies: 1.5 is no whole number.")]
    [InlineData("\"copies\": 5", "\"copies\": 99999999999", "/treasures/1/copies: 99999999999 is no whole number.")]
    [InlineData("\"value\": 100", "\"value\": \"100\"", "/treasures/0/value: \"100\" is not what belongs here: write a number of points, or { decay, from, to, over, policy }.")]
    [InlineData("\"all\": [\"gate\"]", "\"all\": \"gate\"", "/treasures/1/needs/all: \"gate\" is no list: write a list of texts in [ ].")]
    [InlineData("[\"town hall\", \"rathaus\"]", "[\"town hall\", 7]", "/treasures/1/answer/text/1: 7 is no text: write it in \"quotes\".")]
    [InlineData("\"clue\": \"Walk in.\", ", "", "/treasures/0/clue: clue is missing: add it.")]
    [InlineData("\"clue\": \"Walk in.\", ", "\"clue\": \"a\", \"clue\": \"b\", ", "/treasures/0/clue: This is written twice: remove one.")]
    [InlineData("\"church\": \"Right square, wrong building.\"", "\"chu/rch\": 1", "/treasures/1/nearMisses/chu~1rch: 1 is no text")]
    [InlineData("\"firsts\": [50, 30, 10]", "\"firsts\": [50, null]", "/treasures/1/firsts/1: null is no whole number.")]
    public void A_problem_names_the_place_and_the_fix(string text, string broken, string problem)
    {
        Assert.Contains(text, Whole);
        var (definition, _) = Read(Whole.Replace(text, broken));
        Assert.Null(definition);
        Assert.Contains(Problems(Whole.Replace(text, broken)), said => said.StartsWith(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"ranking\": \"points\"", "\"ranking\": \"first-to-finish\"", "/ranking: ranking: first-to-finish is not supported yet.")]
    [InlineData("\"ranking\": \"points\"", "\"divisions\": [\"open\"]", "/divisions: divisions is not supported yet: remove it.")]
    [InlineData("\"copies\": 5", "\"place\": { \"circle\": {} }", "/treasures/1/place: place is not supported yet: remove it.")]
    [InlineData("{ \"text\": \"porta\" }", "{ \"pattern\": \"p.*\" }", "/treasures/0/answer/pattern: pattern is not supported yet: remove it.")]
    [InlineData("{ \"text\": \"porta\" }", "{ \"number\": { \"is\": 42 } }", "/treasures/0/answer/number: number is not supported yet: remove it.")]
    [InlineData("{ \"text\": \"porta\" }", "{ \"allOf\": [] }", "/treasures/0/answer/allOf: allOf is not supported yet: remove it.")]
    [InlineData("\"value\": 100", "\"value\": { \"formula\": \"n\", \"policy\": \"live\" }", "/treasures/0/value/formula: formula is not supported yet: remove it.")]
    public void What_will_come_later_is_named_as_such_and_alone(string text, string later, string problem) =>
        Assert.Equal([problem], Problems(Whole.Replace(text, later)));

    [Fact]
    public void All_problems_are_named_at_once() =>
        Assert.Equal(
            ["/treasures/0/clue: clue is missing: add it.", "/treasures/1/copies: \"x\" is no whole number.", "/window/closes: closes is missing: add it."],
            Problems(Whole.Replace("\"clue\": \"Walk in.\", ", "").Replace("\"copies\": 5", "\"copies\": \"x\"")
                .Replace(", \"closes\": \"2026-12-02T19:00:00+01:00\"", "")).Order());

    [Theory]
    [InlineData("", ": This is not JSON (line 1, column 1)")]
    [InlineData("{\n  \"hunt\": ,", ": This is not JSON (line 2, column 11)")]
    [InlineData("{} {}", ": This is not JSON (line 1, column 4)")]
    [InlineData("[]", ": A definition is an object with hunt, title, window and treasures.")]
    [InlineData("null", ": A definition is an object")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[", ": The definition is nested deeper than 16 levels.")]
    [InlineData("{ \"hunt\": \"\\ud800\" }", ": A text holds broken Unicode")]
    public void What_is_no_definition_at_all_is_said_in_one_sentence(string json, string problem) =>
        Assert.StartsWith(problem, Assert.Single(Problems(json)));

    [Fact]
    public void A_definition_of_more_than_512_KiB_is_refused() =>
        Assert.Equal(": The definition has 524,289 bytes, more than the 524,288 allowed: shorten its texts.",
            Assert.Single(Problems(new string(' ', HuntDefinition.MaxBytes + 1))));

    [Fact]
    public void Whatever_the_bytes_reading_them_ends_in_a_definition_or_in_problems() =>
        CsCheck.Check.Sample(CsCheck.Gen.Select(CsCheck.Gen.Int[0, Whole.Length - 1], CsCheck.Gen.Byte, CsCheck.Gen.Int[0, 3]), (at, value, drop) =>
        {
            var bytes = Encoding.UTF8.GetBytes(Whole).ToList();
            bytes[at] = value;
            bytes.RemoveRange(at, Math.Min(drop, bytes.Count - at));
            var (definition, problems) = DefinitionReader.FromJson(bytes.ToArray());
            if (definition is null == (problems.Count == 0)) return false;
            if (definition is not null) DefinitionCheck.Check(definition);
            return true;
        }, iter: 3000);
}
