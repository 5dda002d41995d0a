using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Secrets;

namespace TreasureHunt.Processors.Hunts;

/// <summary>The answers of a hunt, opened and normalised once per definition; in memory only. Immutable.</summary>
public sealed class Rules
{
    private readonly TreasureAnswers[] _treasures;

    private Rules(TreasureAnswers[] treasures) => _treasures = treasures;

    /// <exception cref="SealBrokenException">an answer is not sealed under this key</exception>
    public static Rules Compile(HuntDefinition sealedDefinition, Seal seal) => new(
    [
        .. sealedDefinition.Treasures.Select(treasure => new TreasureAnswers(
            [.. treasure.Answer.Text.Select(text => Normalisation.Of(seal.Open(text)))],
            [.. treasure.NearMisses.Select(near => Normalisation.Of(seal.Open(near.Word)))])),
    ]);

    /// <param name="treasure">index in the definition</param>
    public Verdict Judge(int treasure, string normalised)
    {
        var answers = _treasures[treasure];
        if (answers.Right.Contains(normalised)) return Verdict.Right;
        var near = Array.IndexOf(answers.Near, normalised);
        return near < 0 ? Verdict.Wrong : Verdict.Near(near);
    }

    private sealed record TreasureAnswers(HashSet<string> Right, string[] Near);
}

/// <param name="NearMiss">index into the treasure's near misses; -1: none</param>
public readonly record struct Verdict(bool IsRight, int NearMiss)
{
    public static Verdict Right => new(true, -1);
    public static Verdict Wrong => new(false, -1);
    public static Verdict Near(int index) => new(false, index);
}
