using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>
/// The hunt that load is played on. It has what is decided by order: scarce copies, firsts, live and decaying values,
/// attempt limits, needs, hints; and enough plain treasures to go on for a while.
/// </summary>
public static class LoadHunt
{
    public const int PlainTreasures = 40;
    public const string Gate = "gate", Clock = "clock", Well = "well", Tower = "tower", NearMiss = "church";

    public static HuntDefinition Definition(string slug, DateTimeOffset now) => new()
    {
        Hunt = slug,
        Title = "A town under load",
        Window = new Window(now.AddMinutes(-1), now.AddHours(2)),
        Treasures =
        [
            Plain(Gate) with { Firsts = [50, 30, 10] },
            Plain(Clock) with
            {
                Needs = new Needs { All = [Gate] },
                Value = new ValueRule { Decay = Decay.Exponential, From = 500, To = 100, Over = 50 },
                NearMisses = [new NearMiss(NearMiss, "Right square, wrong building.")],
                Hints = [new Hint("h1", "Look up.", 20)],
            },
            Plain(Well) with { Value = new ValueRule { Decay = Decay.Linear, From = 300, To = 50, Over = 20, Policy = ValuePolicy.Live }, Copies = 5 },
            Plain(Tower) with { Copies = 3, Attempts = new AttemptRule(Max: 2, Per: TimeSpan.FromSeconds(20), Penalty: 5) },
            .. Enumerable.Range(0, PlainTreasures).Select(i => Plain($"stone-{i}") with { Hints = [new Hint("h1", "It is grey.", 1)] }),
        ],
    };

    public static string AnswerOf(string treasure) => $"the {treasure}";

    /// <summary>Slugs that begin with a word, one for each lane.</summary>
    public static IReadOnlyList<string> OnePerLane(string word, int lanes) =>
        [.. Enumerable.Range(0, lanes).Select(lane => Enumerable.Range(0, int.MaxValue).Select(i => $"{word}-{i}").First(slug => LaneHash.LaneOf(slug, lanes) == lane))];

    private static Treasure Plain(string id) => new()
    {
        Id = id, Title = id, Clue = $"Where is the {id}?", Answer = new AnswerRule([AnswerOf(id), $"a {id}"]), Value = new ValueRule { Fixed = 100 },
    };
}
