namespace TreasureHunt.Contracts.Definitions;

/// <summary>How large the parts of a definition may be. Chars are UTF-16 code units.</summary>
public static class DefinitionLimits
{
    public const int Treasures = 1_000;
    public const int TitleChars = 200;
    public const int ClueChars = 4_000;
    public const int AnswersPerTreasure = 50;
    public const int AnswerChars = 200;
    public const int HintsPerTreasure = 20;
    public const int HintChars = 2_000;
    public const int NearMissesPerTreasure = 100;
    public const int NearMissChars = 500;
    public const int FirstsPerTreasure = 100;

    /// <summary>Of one value, bonus, cost or penalty: 1,000 treasures of them still fit an int.</summary>
    public const int Points = 1_000_000;
    public const int MaxAttempts = 1_000;
    public const int Copies = 1_000_000;
    public const int Over = 1_000_000;
    public static readonly TimeSpan Window = TimeSpan.FromDays(366);
}
