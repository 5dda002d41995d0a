using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Contracts.Secrets;

/// <summary>Seals what would give a hunt away: the answers and the words of near misses. All else stays readable.</summary>
public static class DefinitionSeal
{
    public static HuntDefinition Close(HuntDefinition plain, Seal seal) => Map(plain, seal.Close);

    /// <exception cref="SealBrokenException">a text is not sealed under this key</exception>
    public static HuntDefinition Open(HuntDefinition sealedDefinition, Seal seal) => Map(sealedDefinition, seal.Open);

    private static HuntDefinition Map(HuntDefinition definition, Func<string, string> text) => definition with
    {
        Treasures = [.. definition.Treasures.Select(treasure => treasure with
        {
            Answer = new AnswerRule([.. treasure.Answer.Text.Select(text)]),
            NearMisses = [.. treasure.NearMisses.Select(near => near with { Word = text(near.Word) })],
        })],
    };
}
