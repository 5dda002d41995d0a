using CsCheck;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Unit.Hunts;

/// <summary>Random games: four players, some hunts that hold every rule of the game, up to 80 actions, two teams from the start.</summary>
internal static class RandomPlay
{
    private static readonly string[] Players = ["ann", "bob", "cid", "dan"];
    private static readonly string[] Guesses = ["", "right", "RIGHT!", "right", "close", "w1", "W-1", "w2", "w3", "w4"];

    public sealed record Act(string Actor, int Kind, int Treasure, int Guess, double Seconds);

    public static readonly HuntDefinition[] Hunts =
    [
        Hunt(Ranking.Points,
            T("t0") with { Value = Sample.Decaying(ValuePolicy.Live, 300, 50, 3), Firsts = [30, 10] },
            T("t1") with { Copies = 2, Attempts = new AttemptRule(2, TimeSpan.FromMinutes(1), 7), Value = Sample.Decaying(ValuePolicy.Locked, 400, 90, 3, Decay.Exponential) },
            T("t2") with { Needs = new Needs { All = ["t0", "t1"] }, Hints = [new Hint("h0", "a", 5), new Hint("h1", "b", 6, TimeSpan.FromMinutes(5))] },
            T("t3") with { Needs = new Needs { Points = 250 }, Attempts = new AttemptRule(3, null, 11) }),
        Hunt(Ranking.SolvedThenPenalty,
            T("t0") with { Attempts = new AttemptRule(null, null, 20), Hints = [new Hint("h0", "a", 5), new Hint("h1", "b", 6, TimeSpan.FromMinutes(5))] },
            T("t1") with { Attempts = new AttemptRule(4, TimeSpan.FromMinutes(3), 20) },
            T("t2") with { Needs = new Needs { AtLeast = 1, Of = ["t0", "t1"] } },
            T("t3") with { Needs = new Needs { After = TimeSpan.FromMinutes(10) }, Copies = 1 }),
        Hunt(Ranking.Points,
            T("t0") with { Hints = [new Hint("h0", "a", 5, TimeSpan.FromMinutes(1)), new Hint("h1", "b", 0)] },
            T("t1") with { Needs = new Needs { Any = ["t0", "t3"] }, Value = Sample.Decaying(ValuePolicy.Live, 100, 10, 2, Decay.Exponential) },
            T("t2") with { Needs = new Needs { Points = 110 }, Firsts = [5], Copies = 3 },
            T("t3") with { Attempts = new AttemptRule(1, TimeSpan.FromSeconds(30), 3) }),
    ];

    public static readonly Gen<(HuntDefinition Hunt, Act[] Acts)> Gen = CsCheck.Gen.Select(
        CsCheck.Gen.OneOf(Hunts),
        CsCheck.Gen.Select(CsCheck.Gen.OneOf(Players), CsCheck.Gen.Int[0, 99], CsCheck.Gen.Int[0, 12], CsCheck.Gen.Int[0, Guesses.Length - 1], CsCheck.Gen.Double[0, 90],
            (actor, kind, treasure, guess, seconds) => new Act(actor, kind, treasure, guess, seconds)).Array[0, 80]);

    /// <summary>Plays the acts; each is handed on with the fact it led to.</summary>
    public static Play Run(HuntDefinition hunt, Act[] acts, Action<Play, string, HuntAction, HuntFact>? each = null)
    {
        var play = Play.Published(hunt);
        play.At(TimeSpan.FromSeconds(-100));
        foreach (var act in acts.Prepend(new Act("bob", 0, 0, 1, 0)).Prepend(new Act("ann", 0, 0, 2, 0)))
        {
            play.Now += TimeSpan.FromSeconds(act.Seconds);
            var action = ActionOf(act, play.NextId());
            var fact = play.Do(act.Actor, action);
            each?.Invoke(play, act.Actor, action, fact);
        }
        return play;
    }

    private static HuntAction ActionOf(Act act, Guid id)
    {
        var (treasure, hint) = (act.Treasure == 12 ? "t9" : $"t{act.Treasure % 4}", act.Guess == 9 ? "h9" : $"h{act.Guess % 2}"); // t9 and h9 are unknown
        return act.Kind switch
        {
            < 6 => new RegisterTeam(act.Guess == 0 ? "team-ann" : $"team-{act.Actor}", "", act.Guess % 2 == 0 ? "sesame" : null) { ActionId = id },
            < 12 => new JoinTeam($"team-{Players[act.Treasure % 4]}", act.Guess % 3 == 0 ? "wrong" : "sesame") { ActionId = id },
            < 30 => new TakeHint(treasure, hint) { ActionId = id },
            30 => new PauseHunt { ActionId = id },
            < 34 => new ResumeHunt { ActionId = id },
            34 => new OpenHunt { ActionId = id },
            35 when act.Guess == 0 => new CloseHunt { ActionId = id },
            _ => new SubmitAnswer(treasure, Guesses[act.Guess] == "right" ? $"right {treasure}" : Guesses[act.Guess]) { ActionId = id },
        };
    }

    private static HuntDefinition Hunt(Ranking ranking, params Treasure[] treasures) => Sample.Hunt(treasures) with { Ranking = ranking };

    private static Treasure T(string id) => Sample.Treasure(id) with
    {
        Answer = new AnswerRule([$"right {id}"]), NearMisses = [new NearMiss("close", "Nearly.")],
    };
}
