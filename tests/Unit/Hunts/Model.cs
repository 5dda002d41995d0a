using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Tests.Unit.Hunts;

/// <summary>
/// The game a second time, written from the rules alone and as plainly as can be: every question is answered by walking
/// through the whole history. Shares no code with the decider, the fold or the standings.
/// </summary>
internal sealed class Model(HuntDefinition definition)
{
    private readonly List<Step> _history = [];

    public sealed record Step(DateTimeOffset At, string Actor, HuntAction Action, string Verdict, string? Team);

    public IReadOnlyList<Step> History => _history;

    private DateTimeOffset Opens => Last<OpenHunt>("done")?.At ?? definition.Window.Opens;
    private DateTimeOffset Closes => Last<CloseHunt>("done")?.At ?? definition.Window.Closes;
    private bool Paused => _history.Count(s => s is { Action: PauseHunt, Verdict: "done" }) > _history.Count(s => s is { Action: ResumeHunt, Verdict: "done" });

    public string Play(DateTimeOffset at, string actor, HuntAction action)
    {
        var (verdict, team) = action switch
        {
            RegisterTeam register => (Register(at, actor, register), register.Team),
            JoinTeam join => (Join(at, actor, join), join.Team),
            SubmitAnswer submit => (Submit(at, TeamOf(actor), submit), TeamOf(actor)),
            TakeHint take => (Hint(at, TeamOf(actor), take), TeamOf(actor)),
            OpenHunt => (at >= Closes ? "refused HuntClosed" : at >= Opens ? "refused HuntAlreadyOpen" : "done", null),
            CloseHunt => (at >= Closes ? "refused HuntClosed" : "done", null),
            PauseHunt => (at >= Closes ? "refused HuntClosed" : Paused ? "refused HuntPaused" : "done", null),
            ResumeHunt => (at >= Closes ? "refused HuntClosed" : !Paused ? "refused HuntNotPaused" : "done", (string?)null),
            _ => throw new ArgumentException(action.Kind),
        };
        _history.Add(new Step(at, actor, action, verdict, team));
        return verdict;
    }

    public IEnumerable<string> Teams => _history.Where(s => s is { Action: RegisterTeam, Verdict: "done" }).Select(s => s.Team!);

    public long Points(string team) => PointsIn(_history, team);

    public (int Solved, long Minutes) Contest(string team)
    {
        var found = FoundBy(_history, team).ToList();
        var minutes = found.Sum(find =>
            (long)Math.Floor((find.At - Opens).TotalMinutes)
            + Steps<SubmitAnswer>(_history, team, "wrong").Count(s => TreasureIn(s) == TreasureIn(find)) * (Rule(TreasureIn(find)).Attempts?.Penalty ?? 0)
            + Steps<TakeHint>(_history, team, "done").Where(s => TreasureIn(s) == TreasureIn(find)).Sum(CostOf));
        return (found.Count, minutes);
    }

    private string Register(DateTimeOffset at, string actor, RegisterTeam register) =>
        at >= Closes ? "refused HuntClosed"
        : TeamOf(actor) is not null ? "refused PlayerAlreadyInTeam"
        : Teams.Contains(register.Team) ? "refused TeamNameTaken"
        : "done";

    private string Join(DateTimeOffset at, string actor, JoinTeam join) =>
        at >= Closes ? "refused HuntClosed"
        : !Teams.Contains(join.Team) ? "refused TeamUnknown"
        : TeamOf(actor) is not null ? "refused PlayerAlreadyInTeam"
        : _history.Single(s => s is { Action: RegisterTeam, Verdict: "done" } && s.Team == join.Team).Action is RegisterTeam { Code: { } code } && code == join.Code
            ? "done" : "refused JoinCodeWrong";

    private string Submit(DateTimeOffset at, string? team, SubmitAnswer submit)
    {
        if (Reach(at, team, submit.Treasure) is { } no) return no;
        var rule = Rule(submit.Treasure);
        var guess = Plain(submit.Guess);
        if (guess == "") return "refused GuessEmpty";
        var mine = _history.Where(s => s.Team == team && s.Action is SubmitAnswer a && a.Treasure == submit.Treasure).ToList();
        if (mine.Any(s => s.Verdict == "wrong" && Plain(((SubmitAnswer)s.Action).Guess) == guess)) return "repeated";
        if (rule.Attempts?.Max is { } max)
        {
            var judged = mine.Count(s => s.Verdict is "wrong" or "found" && (rule.Attempts.Per is not { } per || s.At > at - per));
            if (judged >= max) return "refused TooManyAttempts";
        }
        if (rule.NearMisses.Any(near => Plain(near.Word) == guess)) return "near";
        return rule.Answer.Text.Any(text => Plain(text) == guess) ? "found" : "wrong";
    }

    private string Hint(DateTimeOffset at, string? team, TakeHint take)
    {
        if (Reach(at, team, take.Treasure) is { } no) return no;
        if (Rule(take.Treasure).Hints.FirstOrDefault(h => h.Id == take.Hint) is not { } hint) return "refused HintUnknown";
        if (Steps<TakeHint>(_history, team!, "done").Any(s => s.Action is TakeHint t && t.Treasure == take.Treasure && t.Hint == take.Hint))
            return "refused HintAlreadyTaken";
        return hint.After is { } wait && at < UnlockedAt(at, team!, Rule(take.Treasure))! + wait ? "refused HintNotYet" : "done";
    }

    private string? Reach(DateTimeOffset at, string? team, string treasure) =>
        at >= Closes ? "refused HuntClosed"
        : at < Opens ? "refused HuntNotOpen"
        : Paused ? "refused HuntPaused"
        : team is null ? "refused TeamNotRegistered"
        : definition.Treasures.All(t => t.Id != treasure) ? "refused TreasureUnknown"
        : UnlockedAt(at, team, Rule(treasure)) is null ? "refused TreasureLocked"
        : FoundBy(_history, team).Any(s => TreasureIn(s) == treasure) ? "refused TreasureAlreadyFound"
        : _history.Count(s => s.Verdict == "found" && TreasureIn(s) == treasure) >= (Rule(treasure).Copies ?? int.MaxValue) ? "refused TreasureAllFound"
        : null;

    private DateTimeOffset? UnlockedAt(DateTimeOffset at, string team, Treasure treasure)
    {
        if (treasure.Needs is not { } needs) return Opens;
        if (needs.After is { } after) return at >= Opens + after ? Opens + after : null;
        for (var end = 1; end <= _history.Count; end++)
        {
            var past = _history.Take(end).ToList();
            var found = FoundBy(past, team).Select(TreasureIn).ToHashSet();
            var met = needs.All?.All(found.Contains) ?? needs.Any?.Any(found.Contains)
                ?? (needs.Points is { } points ? PointsIn(past, team) >= points : needs.Of!.Count(found.Contains) >= needs.AtLeast);
            if (met) return past[^1].At;
        }
        return null;
    }

    private long PointsIn(IReadOnlyList<Step> past, string team)
    {
        long points = 0;
        foreach (var find in FoundBy(past, team))
        {
            var rule = Rule(TreasureIn(find));
            var finds = past.Where(s => s.Verdict == "found" && TreasureIn(s) == rule.Id).ToList();
            var ordinal = finds.IndexOf(find) + 1;
            points += Value(rule.Value, rule.Value.Policy == ValuePolicy.Live ? finds.Count : ordinal);
            points += rule.Firsts.ElementAtOrDefault(ordinal - 1);
        }
        if (definition.Ranking != Ranking.Points) return points;
        points -= Steps<SubmitAnswer>(past, team, "wrong").Sum(s => Rule(TreasureIn(s)).Attempts?.Penalty ?? 0);
        return points - Steps<TakeHint>(past, team, "done").Sum(CostOf);
    }

    private static int Value(ValueRule value, int n)
    {
        if (value.Fixed is { } points) return points;
        var steps = Math.Min(n - 1, value.Over);
        return (int)Math.Round(value.Decay == Decay.Linear
            ? value.From - (value.From - value.To) * (double)steps / value.Over
            : value.From * Math.Exp(Math.Log(value.To / (double)value.From) * steps / value.Over), MidpointRounding.AwayFromZero);
    }

    private int CostOf(Step step) => Rule(TreasureIn(step)).Hints.Single(h => h.Id == ((TakeHint)step.Action).Hint).Cost;

    private Treasure Rule(string treasure) => definition.Treasures.Single(t => t.Id == treasure);

    private string? TeamOf(string actor) =>
        _history.FirstOrDefault(s => s.Actor == actor && s is { Action: RegisterTeam or JoinTeam, Verdict: "done" })?.Team;

    private Step? Last<T>(string verdict) => _history.LastOrDefault(s => s.Action is T && s.Verdict == verdict);

    private static IEnumerable<Step> Steps<T>(IEnumerable<Step> past, string team, string verdict) =>
        past.Where(s => s.Action is T && s.Team == team && s.Verdict == verdict);

    private static IEnumerable<Step> FoundBy(IEnumerable<Step> past, string team) => Steps<SubmitAnswer>(past, team, "found");

    private static string TreasureIn(Step step) => step.Action is SubmitAnswer submit ? submit.Treasure : ((TakeHint)step.Action).Treasure;

    /// <summary>Tests of the model keep to ASCII; the real rule has tests of its own.</summary>
    private static string Plain(string text) => new([.. text.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit)]);
}
