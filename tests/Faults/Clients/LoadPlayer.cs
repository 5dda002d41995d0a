using TreasureHunt.Contracts.Actions;

namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>
/// What one player does next: guesses right, wrong, nearly and again, takes hints, asks for what there is not. Seeded, so
/// that a run can be played again. Used by one task.
/// </summary>
public sealed class LoadPlayer(string hunt, int number, int seed, TimeProvider clock)
{
    private readonly Random _random = new(seed * 10_007 + number);
    private (string Treasure, string Guess) _lastWrong = (LoadHunt.Gate, "nothing");

    public string Hunt => hunt;
    public string Subject { get; } = $"player-{number}";
    public string Team { get; } = $"team-{number}";

    public RegisterTeam Register() => new(Team, $"Team {number}", "let us in") { ActionId = NewId() };

    /// <summary>1 to 4 actions that travel together; nearly always one.</summary>
    public IReadOnlyList<HuntAction> Next() =>
        _random.Next(20) == 0 ? [.. Enumerable.Range(0, _random.Next(2, 5)).Select(_ => One())] : [One()];

    private HuntAction One()
    {
        var treasure = _random.Next(4) switch
        {
            0 => Pick(LoadHunt.Gate, LoadHunt.Clock, LoadHunt.Well, LoadHunt.Tower, LoadHunt.Tower),
            _ => $"stone-{_random.Next(LoadHunt.PlainTreasures)}",
        };
        switch (_random.Next(20))
        {
            case < 6:
                return Guess(treasure, LoadHunt.AnswerOf(treasure));
            case < 14:
                _lastWrong = (treasure, $"wrong {_random.Next(10_000)}");
                return Guess(_lastWrong.Treasure, _lastWrong.Guess);
            case < 16:
                return Guess(_lastWrong.Treasure, _lastWrong.Guess);
            case 16:
                return Guess(LoadHunt.Clock, LoadHunt.NearMiss);
            case 17:
                return new TakeHint(treasure, "h1") { ActionId = NewId() };
            case 18:
                return _random.Next(2) == 0 ? Guess("no-such-treasure", "anything") : Guess(LoadHunt.Tower, $"wrong {_random.Next(10_000)}");
            default:
                return new RegisterTeam(Team, "Again", null) { ActionId = NewId() };
        }
    }

    private string Pick(params string[] treasures) => treasures[_random.Next(treasures.Length)];

    private SubmitAnswer Guess(string treasure, string guess) => new(treasure, guess) { ActionId = NewId() };

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());
}
