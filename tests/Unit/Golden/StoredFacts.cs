using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Unit.Golden;

/// <summary>One example of every stored fact, with everything set that can be set.</summary>
internal static class StoredFacts
{
    private static readonly DateTimeOffset At = new(2026, 12, 1, 18, 30, 0, 250, TimeSpan.Zero);

    private static readonly Stamp Stamp = new(
        At, new Guid("01900000-0000-7000-8000-000000000001"), "ann", "Zm9vYmFyZm9vYmFyZm9vYg", SettingsVersion: 7, DefinitionVersion: 1,
        "ingress-1", "processor-2", Cause: new Guid("01900000-0000-7000-8000-000000000002"));

    private static readonly HuntDefinition Definition = new()
    {
        Hunt = "old-town",
        Title = "Secrets of the Old Town",
        Window = new Window(At, At.AddDays(1)),
        Board = new BoardRules(At.AddHours(22)),
        Ranking = Ranking.SolvedThenPenalty,
        Clock = Clock.Imported,
        Treasures =
        [
            new Treasure
            {
                Id = "clock",
                Title = "The one-handed clock",
                Clue = "I show the hour, never the minute.",
                Answer = new AnswerRule(["s1.k1.sealed-answer"]),
                Needs = new Needs { AtLeast = 2, Of = ["gate", "well", "tower"] },
                Value = new ValueRule { Decay = Decay.Exponential, From = 500, To = 100, Over = 50, Policy = ValuePolicy.Live },
                Firsts = [50, 30, 10],
                Copies = 5,
                Attempts = new AttemptRule(10, TimeSpan.FromMinutes(1), 5),
                Hints = [new Hint("h1", "Look up.", 20, TimeSpan.FromMinutes(30))],
                NearMisses = [new NearMiss("s1.k1.sealed-word", "Right square, wrong building.")],
            },
            new Treasure
            {
                Id = "gate", Title = "The gate", Clue = "Walk in.", Answer = new AnswerRule(["s1.k1.sealed"]),
                Needs = new Needs { After = TimeSpan.FromHours(2) }, Value = new ValueRule { Fixed = 100 },
            },
        ],
    };

    public static readonly IReadOnlyList<HuntFact> All =
    [
        new HuntPublished(Definition, 1) { Stamp = Stamp },
        new HuntOpened { Stamp = Stamp },
        new HuntClosed { Stamp = Stamp },
        new HuntPaused { Stamp = Stamp },
        new HuntResumed { Stamp = Stamp },
        new BoardFrozen { Stamp = Stamp },
        new BoardThawed { Stamp = Stamp },
        new TeamRegistered("reds", "ann", "Y29kZWNvZGVjb2RlY29kZQ") { Stamp = Stamp },
        new TeamJoined("reds", "bob") { Stamp = Stamp },
        new TreasureFound("reds", "clock", 1, 50, "bWFjbWFjbWFjbWFjbWFjbQ", 500, "s1.k1.sealed-guess") { Stamp = Stamp },
        new AnswerWrong("reds", "clock", "bWFjbWFjbWFjbWFjbWFjbQ", 5, "s1.k1.sealed-guess") { Stamp = Stamp },
        new AnswerNear("reds", "clock", "bWFjbWFjbWFjbWFjbWFjbQ", 0, "s1.k1.sealed-guess") { Stamp = Stamp },
        new AnswerRepeated("reds", "clock", "bWFjbWFjbWFjbWFjbWFjbQ") { Stamp = Stamp },
        new HintTaken("reds", "clock", "h1", 20) { Stamp = Stamp },
        new ActionRefused("SubmitAnswer", RefusalCode.TooManyAttempts, "reds", "clock", "h1", At.AddMinutes(1)) { Stamp = Stamp },
        new ActionParked("SubmitAnswer", "The guess could not be opened.") { Stamp = Stamp },
    ];
}
