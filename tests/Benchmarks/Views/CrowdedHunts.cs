using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Storage;
using TreasureHunt.Tests.Benchmarks.Arms;

namespace TreasureHunt.Tests.Benchmarks.Views;

/// <summary>Hunts of many teams: named, with up to three finds each, so that points are spread and ties are many.</summary>
public static class CrowdedHunts
{
    private const int Treasures = 3, FactsPerCommit = 5_000, Seed = 11;

    public static string Hunt(int teams) => $"crowd-{teams}";

    public static string Team(int team) => $"team-{team:000000}";

    private static string Player(int team) => $"player-{team:000000}";

    public static async Task SeedAsync(ArmDatabase database, HuntLog log, int teams, Seal seal, DateTimeOffset now, CancellationToken cancel)
    {
        var hunt = Hunt(teams);
        var version = 0L;
        foreach (var chunk in Facts(hunt, teams, seal, now).Chunk(FactsPerCommit))
        {
            var writes = new BatchWrites();
            writes.Hunts.Add(new HuntWrites(hunt, version, [.. chunk]));
            await log.CommitAsync(writes, cancel);
            version += chunk.Length;
        }
        await ArmDatabase.ExecuteAsync(database.Data,
            $"insert into hunts.team_names (hunt, team, name) select '{hunt}', 'team-' || lpad(i::text, 6, '0'), 'The team number ' || i from generate_series(0, {teams - 1}) i", cancel);
    }

    /// <summary>A wrong guess, which costs its team points and so its place. Each another one.</summary>
    public static AcceptedAction Guess(int teams, int number, Seal seal, DateTimeOffset now)
    {
        var (hunt, team) = (Hunt(teams), number * 7919 % teams);
        var plain = new SubmitAnswer("treasure-9", $"Versuch Nr. {number}") { ActionId = Guid.CreateVersion7(now) };
        return new AcceptedAction(hunt, Player(team), ActionSeal.Fingerprint(plain, seal), now, ActionSeal.Close(plain, hunt, seal));
    }

    private static IEnumerable<(Guid, HuntFact)> Facts(string hunt, int teams, Seal seal, DateTimeOffset now)
    {
        var at = now.AddHours(-1);
        yield return Stamped(new HuntPublished(DefinitionSeal.Close(Definition(hunt, at), seal), DefinitionVersion: 1));
        for (var team = 0; team < teams; team++) yield return Stamped(new TeamRegistered(Team(team), Player(team)));
        var random = new Random(Seed);
        var finders = new int[Treasures];
        for (var team = 0; team < teams; team++)
        {
            for (var treasure = random.Next(Treasures + 1); treasure < Treasures; treasure++)
            {
                at += TimeSpan.FromMilliseconds(random.Next(3));
                yield return Stamped(new TreasureFound(Team(team), $"treasure-{treasure}", ++finders[treasure], Bonus: 0, seal.Mac("guess", hunt), Points: 100 * (treasure + 1)));
            }
        }

        (Guid, HuntFact) Stamped(HuntFact fact)
        {
            var id = Guid.CreateVersion7(at);
            return (ActionIds.EventId(hunt, "seed", id), fact with { Stamp = new Stamp(at, id, "seed", seal.Mac("bench", id.ToString()), 0, 1, "seed", "seed") });
        }
    }

    private static HuntDefinition Definition(string hunt, DateTimeOffset opens) => new()
    {
        Hunt = hunt,
        Title = $"Benchmark hunt {hunt}",
        Window = new Window(opens, opens.AddDays(1)),
        Treasures =
        [
            .. Enumerable.Range(0, Treasures).Append(9).Select(treasure => new Treasure
            {
                Id = $"treasure-{treasure}", Title = $"Treasure {treasure}", Clue = "Which key opens which door?", Answer = new AnswerRule(["Schlüssel"]),
                Value = new ValueRule { Fixed = 100 * (treasure + 1) }, Attempts = new AttemptRule(Penalty: 1),
            }),
        ],
    };
}
