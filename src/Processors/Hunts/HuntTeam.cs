using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Processors.Hunts;

/// <summary>What the decisions about a team need beyond its standing: nothing that anybody may see.</summary>
internal sealed class HuntTeam(TeamStanding standing, string? codeMac)
{
    public TeamStanding Standing { get; } = standing;
    public string Id => Standing.Team;

    /// <summary>Keyed hash of the join code; null: nobody can join.</summary>
    public string? CodeMac { get; } = codeMac;

    /// <summary>Wrong guesses by treasure index: the same again costs nothing.</summary>
    public HashSet<(int Treasure, KeyedHash Guess)> WrongGuesses { get; } = [];

    /// <summary>By treasure index, for treasures with attempts.max.</summary>
    public Dictionary<int, AttemptWindow> Attempts { get; } = [];
}
