using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Tests.Unit.Hunts;

/// <summary>Definitions for tests: a hunt from 18:00 to 22:00 on 1 December 2026.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Opens = new(2026, 12, 1, 18, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Closes = Opens.AddHours(4);

    public static HuntDefinition Hunt(params Treasure[] treasures) => new()
    {
        Hunt = "old-town",
        Title = "Secrets of the Old Town",
        Window = new Window(Opens, Closes),
        Treasures = treasures,
    };

    /// <summary>Worth 100 points; its answer is "answer {id}".</summary>
    public static Treasure Treasure(string id) => new()
    {
        Id = id,
        Title = $"The {id}",
        Clue = "Look.",
        Answer = new AnswerRule([$"answer {id}"]),
        Value = new ValueRule { Fixed = 100 },
    };

    public static ValueRule Decaying(ValuePolicy policy, int from = 500, int to = 100, int over = 4, Decay decay = Decay.Linear) =>
        new() { Decay = decay, From = from, To = to, Over = over, Policy = policy };
}
