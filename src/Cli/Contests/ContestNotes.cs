namespace TreasureHunt.Cli.Contests;

/// <summary>What a reader left out or assumed, gathered while it reads: one sentence per kind, with a count and examples.</summary>
internal sealed class ContestNotes
{
    private const int MaxExamples = 5;
    private readonly List<string> _said = [];
    private readonly Dictionary<string, List<string>> _counted = [];

    public IReadOnlyList<string> Sentences => [.. _said, .. _counted.Select(c => Sentence(c.Key, c.Value))];

    public void Say(string sentence) => _said.Add(sentence);

    /// <param name="kind">singular, such as "hidden team left out"</param>
    public void Count(string kind, string example)
    {
        if (!_counted.TryGetValue(kind, out var examples)) _counted[kind] = examples = [];
        examples.Add(example);
    }

    private static string Sentence(string kind, List<string> all) =>
        $"{all.Count} × {kind}: {string.Join(", ", all.Take(MaxExamples))}{(all.Count > MaxExamples ? ", …" : "")}.";
}
