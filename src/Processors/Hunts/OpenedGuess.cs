using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Secrets;

namespace TreasureHunt.Processors.Hunts;

/// <summary>A guess opened for its decision: lives in memory only. Made outside the decision, which stays pure.</summary>
/// <param name="Normalised">compared with the answers; empty when it holds no letter or digit</param>
/// <param name="Mac">keyed hash of the normalised guess, for repeats and for analysts</param>
/// <param name="Sealed">what is stored</param>
public sealed record OpenedGuess(string Normalised, string Mac, string Sealed)
{
    /// <exception cref="SealBrokenException">the guess is not sealed under this key: park the action</exception>
    public static OpenedGuess Open(SubmitAnswer accepted, string hunt, Seal seal)
    {
        var normalised = Normalisation.Of(seal.Open(accepted.Guess));
        return new OpenedGuess(normalised, seal.Mac($"{hunt}/{accepted.Treasure}", normalised), accepted.Guess);
    }

    /// <summary>Nothing of a guess is ever printed by accident.</summary>
    public override string ToString() => nameof(OpenedGuess);
}
