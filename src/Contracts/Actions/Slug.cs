namespace TreasureHunt.Contracts.Actions;

/// <summary>Ids of hunts, teams, treasures and hints: [a-z0-9-]{1,64}.</summary>
public static class Slug
{
    public const int MaxChars = 64;

    public static bool IsValid(string text)
    {
        if (text.Length is 0 or > MaxChars) return false;
        foreach (var c in text)
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')) return false;
        return true;
    }
}
