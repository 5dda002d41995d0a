using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>The hunts of a benchmark and who plays them: what acts must have been registered, however many teams there are.</summary>
public sealed class BenchHuntsTests
{
    private const int Seed = 7;

    private static readonly DateTimeOffset Start = new(2026, 11, 28, 9, 0, 0, TimeSpan.Zero);

    private readonly Seal _seal = new("test", new byte[32]);

    [Theory]
    [InlineData(1), InlineData(10), InlineData(120), InlineData(1_000)]
    public void Each_team_is_registered_once_with_a_player_of_its_own_and_all_of_them_play(int teams)
    {
        const int Hunts = 2;
        var players = Enumerable.Range(0, Hunts).SelectMany(hunt => Registered(hunt, teams)).ToHashSet();
        Assert.Equal(Hunts * teams, players.Count);

        var source = new ActionSource(Hunts, Seed, Start, _seal, HuntMix.Uniform, teams: teams);
        var acting = source.Take(Hunts * teams * 12).Select(action => (action.Hunt, action.Actor)).ToHashSet(); // nobody is missed by chance
        Assert.Equal(players.Order(), acting.Order());
    }

    [Fact]
    public void Without_a_number_the_list_is_the_one_that_ten_teams_have_always_had() =>
        Assert.Equal(Actors(new ActionSource(50, Seed, Start, _seal)), Actors(new ActionSource(50, Seed, Start, _seal, teams: 10)));

    private static List<string> Actors(ActionSource source) => [.. source.Take(500).Select(action => action.Actor)];

    private List<(string Hunt, string Player)> Registered(int hunt, int teams)
    {
        var registered = BenchHunts.Setup(hunt, teams, _seal, Start).Select(stamped => stamped.Fact).OfType<TeamRegistered>().ToList();
        Assert.Equal(teams, registered.Select(fact => fact.Team).Distinct().Count());
        return [.. registered.Select(fact => (BenchHunts.Hunt(hunt), fact.Stamp!.Actor))];
    }
}
