using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>
/// The hunts that are played: published, open, teams registered. All arms begin with the same events in the same streams.
/// A team has one player.
/// </summary>
public static class BenchHunts
{
    /// <summary>Where a benchmark has no reason for another number.</summary>
    public const int TeamsPerHunt = 10;

    public const int TreasuresPerHunt = 30;

    /// <summary>Judged guesses a team has at a treasure. No window, so that what becomes of an action does not hang on the speed of an arm.</summary>
    public const int MaxAttempts = 40;

    private const int HuntsPerCommit = 20;

    public static string Hunt(int hunt) => $"bench-{hunt:0000}";

    public static string Team(int team) => $"team-{team:00}";

    public static string Player(int hunt, int team) => $"player-{hunt:0000}-{team:00}";

    public static string Treasure(int treasure) => $"treasure-{treasure:00}";

    public static string Answer(int hunt, int treasure) => $"Schlüssel {hunt} zur Tür {treasure}";

    public static async Task SeedAsync(HuntLog log, int hunts, int teams, Seal seal, DateTimeOffset now, CancellationToken cancel)
    {
        var writes = new BatchWrites();
        for (var hunt = 0; hunt < hunts; hunt++)
        {
            Add(writes, hunt, Teams(hunt, teams, Team), seal, now);
            if (writes.Hunts.Count < HuntsPerCommit && hunt < hunts - 1) continue;
            await log.CommitAsync(writes, cancel);
            writes = new BatchWrites();
        }
    }

    /// <summary>One hunt more, of the next number: all teams of the others play it too, under names of their own.</summary>
    public static Task SeedOneHuntAsync(HuntLog log, int hunts, int teams, Seal seal, DateTimeOffset now, CancellationToken cancel)
    {
        var writes = new BatchWrites();
        Add(writes, hunts, Enumerable.Range(0, hunts).SelectMany(hunt => Teams(hunt, teams, team => $"{Team(team)}-of-{hunt:0000}")), seal, now);
        return log.CommitAsync(writes, cancel);
    }

    /// <summary>The first events of a hunt.</summary>
    public static IEnumerable<(Guid EventId, HuntFact Fact)> Setup(int hunt, int teams, Seal seal, DateTimeOffset now) => Setup(hunt, Teams(hunt, teams, Team), seal, now);

    private static void Add(BatchWrites writes, int hunt, IEnumerable<(string Team, string Player)> teams, Seal seal, DateTimeOffset now)
    {
        (string Team, string Player)[] registered = [.. teams];
        writes.Hunts.Add(new HuntWrites(Hunt(hunt), 0, [.. Setup(hunt, registered, seal, now)]));
        foreach (var (team, _) in registered) writes.TeamNames.Add((Hunt(hunt), team, $"The {team} of {hunt:0000}"));
    }

    private static IEnumerable<(string Team, string Player)> Teams(int hunt, int teams, Func<int, string> name) =>
        Enumerable.Range(0, teams).Select(team => (name(team), Player(hunt, team)));

    private static IEnumerable<(Guid, HuntFact)> Setup(int hunt, IEnumerable<(string Team, string Player)> teams, Seal seal, DateTimeOffset now)
    {
        yield return Stamped(new HuntPublished(DefinitionSeal.Close(Definition(hunt, now), seal), DefinitionVersion: 1), "organiser");
        foreach (var (team, player) in teams) yield return Stamped(new TeamRegistered(team, player), player);

        (Guid, HuntFact) Stamped(HuntFact fact, string actor)
        {
            var id = Guid.CreateVersion7(now);
            var stamp = new Stamp(now, id, actor, seal.Mac("bench", id.ToString()), SettingsVersion: 0, DefinitionVersion: 1, "seed", "seed");
            return (ActionIds.EventId(Hunt(hunt), actor, id), fact with { Stamp = stamp });
        }
    }

    private static HuntDefinition Definition(int hunt, DateTimeOffset now) => new()
    {
        Hunt = Hunt(hunt),
        Title = $"Benchmark hunt {hunt}",
        Window = new Window(now.AddHours(-1), now.AddDays(1)),
        Treasures =
        [
            .. Enumerable.Range(0, TreasuresPerHunt).Select(treasure => new Treasure
            {
                Id = Treasure(treasure),
                Title = $"Treasure {treasure}",
                Clue = "Which key opens which door?",
                Answer = new AnswerRule([Answer(hunt, treasure)]),
                Value = new ValueRule { Decay = Decay.Exponential, From = 500, To = 100, Over = 50 },
                Firsts = [50, 30, 10],
                Attempts = new AttemptRule(MaxAttempts, Penalty: 5),
            }),
        ],
    };
}
