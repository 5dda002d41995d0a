namespace TreasureHunt.Cli.Bench;

/// <summary>The arms of `hunt bench pipeline` by name, and in which order they run.</summary>
public static class BenchArms
{
    public const string Lanes = "lanes", LanesAgain = "lanes-again", OneHunt = "lanes-one-hunt", RawLanes = "raw-lanes";
    public const string Idiomatic = "idiomatic", Batch = "batch", ByHand = "by-hand";

    public static IReadOnlyList<string> All { get; } = [Lanes, LanesAgain, OneHunt, RawLanes, Idiomatic, Batch, ByHand];

    public static IReadOnlyList<string> Default { get; } = [Lanes, Idiomatic];

    /// <summary>One message per action, decided on streams of its team; the others are lanes of one kind or another.</summary>
    public static bool IsRival(string arm) => arm is Idiomatic or Batch or ByHand;

    /// <summary>
    /// The arms of a comma-separated list, each once. The lanes are always in and first, for the ratios are theirs; named twice
    /// they run twice, which shows how much the machine alone makes of the same thing.
    /// </summary>
    /// <exception cref="FormatException">the message names what is wrong and what there is</exception>
    public static IReadOnlyList<string> Parse(string list)
    {
        List<string> arms = [];
        foreach (var name in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!All.Contains(name)) throw new FormatException($"There is no arm '{name}'. There are: {string.Join(", ", All)}.");
            var arm = name == Lanes && arms.Contains(Lanes) ? LanesAgain : name;
            if (arms.Contains(arm)) throw new FormatException($"The arm '{name}' is named more often than it runs in a round.");
            arms.Add(arm);
        }
        return [Lanes, .. arms.Where(arm => arm != Lanes)];
    }

    /// <summary>Each round begins with the next arm, so that none always runs on a machine that another has warmed or worn.</summary>
    /// <param name="round">from 1</param>
    public static IReadOnlyList<string> Order(IReadOnlyList<string> arms, int round) =>
        [.. Enumerable.Range(0, arms.Count).Select(place => arms[(place + round - 1) % arms.Count])];
}
