using CsCheck;
using TreasureHunt.Cli.HuntFiles;

namespace TreasureHunt.Tests.Unit.HuntFiles;

public sealed class HuntFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hunt-files-").FullName;

    private const string Yaml = """
        # A comment.
        hunt: old-town
        title: Secrets of the Old Town
        window:  { opens: 2026-12-01T18:00Z, closes: 2026-12-02T18:00Z }
        board:   { freezeAt: 2026-12-02T16:00Z }
        ranking: points
        treasures:
          - id: gate
            title: "The gate: east"
            clue: |
              Walk in,
              walk out.
            answer: { text: porta }
            value: 300
          - id: clock
            title: The one-handed clock
            clue: "I show the hour, never the minute."
            answer: { text: ["town hall", "rathaus", "42"] }
            needs:  { all: [gate] }
            value:  { decay: exponential, from: 500, to: 100, over: 50, policy: locked }
            firsts: [50, 30, 10]
            copies: 5
            attempts: { max: 10, per: 1m, penalty: 5 }
            hints:  [ { id: h1, text: "Look up.", cost: 20, after: 30m } ]
            nearMisses: { "church": "Right square, wrong building." }
        """;

    private string Write(string text, string name = "hunt.yaml")
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string[] Problems(string text, string name = "hunt.yaml") =>
        [.. HuntFile.Read(Write(text, name)).Problems.Select(problem => problem.ToString()[(_folder.Length + 1)..])];

    [Fact]
    public void The_file_of_the_manual_is_read()
    {
        var (definition, problems) = HuntFile.Read(Write(Yaml));
        Assert.Empty(problems);
        Assert.Equal("The gate: east", definition!.Treasures[0].Title);
        Assert.Equal("Walk in,\nwalk out.\n", definition.Treasures[0].Clue);
        Assert.Equal(["town hall", "rathaus", "42"], definition.Treasures[1].Answer.Text);
        Assert.Equal(TimeSpan.FromMinutes(30), definition.Treasures[1].Hints[0].After);
    }

    [Theory]
    [InlineData("value: 300", "value: lots", "hunt.yaml:14:5 treasures[0].value: \"lots\" is not what belongs here")]
    [InlineData("policy: locked", "policy: lokced", "hunt.yaml:20:65 treasures[1].value.policy: \"lokced\" is not one of locked, live. Did you mean 'locked'?")]
    [InlineData("copies: 5", "copys: 5", "hunt.yaml:22:5 treasures[1].copys: There is no 'copys' here. Did you mean 'copies'?")]
    [InlineData("[gate]", "[gaet]", "hunt.yaml:19:21 treasures[1].needs.all[0]: There is no treasure 'gaet'. Did you mean 'gate'?")]
    [InlineData("title: The one-handed clock", "", "hunt.yaml:15:5 treasures[1].title: title is missing: add it.")]
    [InlineData("title: Secrets of the Old Town", "title: 1984", "hunt.yaml:3:1 title: 1984 is no text: write it in \"quotes\".")]
    [InlineData("closes: 2026-12-02T18:00Z", "closes: 2026-11-02T18:00Z", "hunt.yaml:4:38 window.closes: The hunt closes before it opens")]
    [InlineData("copies: 5", "place: { circle: { lat: 47.3, lon: 8.5, radiusM: 40 } }", "hunt.yaml:22:5 treasures[1].place: place is not supported yet: remove it.")]
    [InlineData("\"church\":", "Rathaus:", "hunt.yaml:25:5 treasures[1].nearMisses[0].word: This near miss is a right answer too")]
    [InlineData("[50, 30, 10]", "[50, 30, 10", "hunt.yaml:21:20 This is not YAML from about here")]
    [InlineData("[gate]", "*a", "hunt.yaml:19:20 Anchors and aliases (& and *) are not supported: write the text out.")]
    public void A_problem_is_where_an_editor_can_jump_to(string text, string broken, string problem)
    {
        Assert.Contains(text, Yaml);
        var (definition, _) = HuntFile.Read(Write(Yaml.Replace(text, broken)));
        Assert.Null(definition);
        Assert.StartsWith(problem, Assert.Single(Problems(Yaml.Replace(text, broken))), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_read_too_with_the_same_places()
    {
        const string json = """
            {
              "hunt": "old-town", "title": "T",
              "window": { "opens": "2026-12-01T18:00Z", "closes": "2026-12-02T18:00Z" },
              "treasures": [
                { "id": "gate", "title": "G", "clue": "C", "answer": { "text": ["porta"] }, "value": 1 },
                { "id": "clock", "title": "G", "clue": "C", "answer": { "text": ["a"] }, "value": "x" }
              ]
            }
            """;
        Assert.StartsWith("hunt.json:6:78 treasures[1].value: \"x\" is not what belongs here", Assert.Single(Problems(json, "hunt.json")));
        Assert.Empty(Problems("\ufeff" + json.Replace("\"x\"", "1"), "hunt.json"));
        Assert.StartsWith("hunt.json:1:1 This is not JSON (line 1, column 2)", Assert.Single(Problems("{", "hunt.json")));
    }

    [Fact]
    public void Whatever_the_text_reading_it_ends_in_a_definition_or_in_problems() =>
        Check.Sample(Gen.Select(Gen.Int[0, Yaml.Length - 1], Gen.Char[" :-[]{}'\"\\&*!|>%@`#?,\t\n\0a1"], Gen.Int[0, 3]), (at, put, drop) =>
        {
            var path = Path.Combine(_folder, $"{Guid.CreateVersion7()}.yaml");
            File.WriteAllText(path, Yaml.Remove(at, Math.Min(drop, Yaml.Length - at)).Insert(at, put.ToString()));
            var (definition, problems) = HuntFile.Read(path);
            File.Delete(path);
            return definition is not null || problems.Any(problem => !problem.IsWarning);
        }, iter: 1000);

    [Fact]
    public void Warnings_do_not_stand_in_the_way()
    {
        var (definition, problems) = HuntFile.Read(Write(Yaml.Replace("copies: 5", "copies: 2")));
        Assert.NotNull(definition);
        Assert.True(Assert.Single(problems).IsWarning);
    }

    [Theory]
    [InlineData("", "hunt.yaml:1:1 The file is empty")]
    [InlineData("just words", "hunt.yaml:1:1 A definition is an object")]
    [InlineData("a: 1\n---\nb: 2", "hunt.yaml:2:1 A hunt file holds one document")]
    [InlineData("? [a]\n: b", "hunt.yaml:1:3 A key is a plain word")]
    [InlineData("a: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "hunt.yaml:1:")]
    public void What_is_no_hunt_file_at_all_is_said_in_one_sentence(string yaml, string problem) =>
        Assert.StartsWith(problem, Assert.Single(Problems(yaml)), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_missing_too_large_or_not_UTF8_is_named()
    {
        Assert.Contains("cannot be read", Assert.Single(HuntFile.Read(Path.Combine(_folder, "none.yaml")).Problems).Message);
        Assert.Contains("more than the 524,288 allowed", Assert.Single(Problems(new string('#', 600_000))));
        var path = Path.Combine(_folder, "latin.yaml");
        File.WriteAllBytes(path, [0x61, 0x3A, 0x20, 0xE9]);
        Assert.Contains("not UTF-8", Assert.Single(HuntFile.Read(path).Problems).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
