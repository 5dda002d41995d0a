using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Ingress.Views;

/// <summary>What a team's own page shows beside the standings: who plays in it, and how often it guessed wrong. A fold; not thread-safe.</summary>
public sealed class TeamPages
{
    private readonly Dictionary<string, string> _teamOf = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Team, string Treasure), int> _wrong = [];

    public string? TeamOf(string player) => _teamOf.GetValueOrDefault(player);

    public int WrongGuesses(string team, string treasure) => _wrong.GetValueOrDefault((team, treasure));

    public void Apply(HuntFact fact)
    {
        switch (fact)
        {
            case TeamRegistered { Player: { } player } registered: _teamOf[player] = registered.Team; break;
            case TeamJoined joined: _teamOf[joined.Player] = joined.Team; break;
            case AnswerWrong wrong: _wrong[(wrong.Team, wrong.Treasure)] = WrongGuesses(wrong.Team, wrong.Treasure) + 1; break;
        }
    }
}
