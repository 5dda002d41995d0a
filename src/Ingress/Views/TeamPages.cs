using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Ingress.Views;

/// <summary>What a team's own page shows beside the standings: who plays in it, and how often it guessed wrong. A fold; not thread-safe.</summary>
public sealed class TeamPages
{
    private readonly Dictionary<string, Membership> _teamOf = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Team, string Treasure), int> _wrong = [];

    public string? TeamOf(string player) => MembershipOf(player)?.Team;

    public Membership? MembershipOf(string player) => _teamOf.TryGetValue(player, out var membership) ? membership : null;

    public int WrongGuesses(string team, string treasure) => _wrong.GetValueOrDefault((team, treasure));

    public void Apply(VersionedFact fact)
    {
        switch (fact.Fact)
        {
            case TeamRegistered { Player: { } player } registered: _teamOf[player] = new Membership(registered.Team, fact.Version); break;
            case TeamJoined joined: _teamOf[joined.Player] = new Membership(joined.Team, fact.Version); break;
            case AnswerWrong wrong: _wrong[(wrong.Team, wrong.Treasure)] = WrongGuesses(wrong.Team, wrong.Treasure) + 1; break;
        }
    }
}

/// <param name="Since">version of the fact by which the player came into the team; there is no way out of it</param>
public readonly record struct Membership(string Team, long Since);
