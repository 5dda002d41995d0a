using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>
/// What a team did at its treasures: the aggregate a guess is decided on. Folded by Marten from the stream, live or kept
/// beside it as a document.
/// </summary>
public sealed class Attempts
{
    /// <summary>The stream's key.</summary>
    public string Id { get; set; } = "";

    public Dictionary<string, TreasureAttempts> Treasures { get; set; } = [];

    public TreasureAttempts At(string treasure)
    {
        if (!Treasures.TryGetValue(treasure, out var attempts)) Treasures[treasure] = attempts = new TreasureAttempts();
        return attempts;
    }

    /// <summary>For those who fold by themselves; Marten looks for methods called Apply.</summary>
    public void Fold(HuntFact fact)
    {
        if (fact is TreasureFound found) Apply(found);
        else if (fact is AnswerWrong wrong) Apply(wrong);
    }

    public void Apply(TreasureFound found)
    {
        var at = At(found.Treasure);
        at.Found = true;
        at.Judged++;
    }

    public void Apply(AnswerWrong wrong)
    {
        var at = At(wrong.Treasure);
        at.Wrong.Add(wrong.GuessMac);
        at.Judged++;
    }

    public void Apply(AnswerRepeated _) { }

    public void Apply(ActionRefused _) { }
}

public sealed class TreasureAttempts
{
    public bool Found { get; set; }
    public int Judged { get; set; }

    /// <summary>Keyed hashes of the wrong guesses.</summary>
    public HashSet<string> Wrong { get; set; } = [];
}
