using System.Diagnostics;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Processors.Hunts;

/// <summary>
/// What becomes of an action: exactly one fact, a refusal being one. Pure: no clock, no ids, no I/O, and the hunt is not
/// changed. An action that was decided before never comes here (<see cref="RecentActions"/>, then the store).
/// </summary>
public static partial class Decider
{
    /// <param name="guess">for <see cref="SubmitAnswer"/>: the opened guess</param>
    /// <param name="rules">for <see cref="SubmitAnswer"/>: the hunt's opened answers; null while it is not published</param>
    /// <param name="now">from <see cref="HuntClock"/></param>
    /// <returns>the fact, without its stamp</returns>
    public static HuntFact Decide(Hunt hunt, AcceptedAction accepted, OpenedGuess? guess, Rules? rules, DateTimeOffset now) =>
        accepted.Action switch
        {
            SubmitAnswer submit => Submit(hunt, submit, accepted.Actor, guess, rules, now),
            TakeHint take => Take(hunt, take, accepted.Actor, now),
            RegisterTeam register => Register(hunt, register, accepted, now),
            JoinTeam join => Join(hunt, join, accepted.Actor, now),
            PublishHunt publish => Publish(hunt, publish),
            OpenHunt open => Open(hunt, open, now),
            CloseHunt close => Close(hunt, close, now),
            PauseHunt pause => Pause(hunt, pause, now),
            ResumeHunt resume => Resume(hunt, resume, now),
            FreezeBoard freeze => Freeze(hunt, freeze, now),
            ThawBoard thaw => Thaw(hunt, thaw, now),
            _ => throw new UnreachableException($"No decision about {accepted.Action.Kind}."),
        };

    /// <summary>Null while the hunt is judged.</summary>
    private static RefusalCode? NotJudged(Hunt hunt, DateTimeOffset now) => hunt.Life.PhaseAt(now) switch
    {
        HuntPhase.Unpublished => RefusalCode.HuntNotPublished,
        HuntPhase.Published => RefusalCode.HuntNotOpen,
        HuntPhase.Closed => RefusalCode.HuntClosed,
        HuntPhase.Paused => RefusalCode.HuntPaused,
        _ => null,
    };

    /// <summary>The team an actor plays for: the one a service names, or the one the player registered or joined.</summary>
    private static HuntTeam? TeamOf(Hunt hunt, TeamAction action, string actor, out RefusalCode no)
    {
        no = action.OnBehalfOf is null ? RefusalCode.TeamNotRegistered : RefusalCode.TeamUnknown;
        return action.OnBehalfOf is { } named
            ? hunt.Teams.GetValueOrDefault(named)
            : hunt.TeamOfPlayer.GetValueOrDefault(actor);
    }

    /// <summary>Null while the team may still find the treasure.</summary>
    private static RefusalCode? OutOfReach(Hunt hunt, HuntTeam team, TreasureStanding treasure, DateTimeOffset now, out DateTimeOffset unlocked)
    {
        var since = hunt.Standings.UnlockedAt(team.Standing, treasure, now);
        unlocked = since ?? DateTimeOffset.MaxValue;
        return since is null ? RefusalCode.TreasureLocked
            : team.Standing.Finds.ContainsKey(treasure.Index) ? RefusalCode.TreasureAlreadyFound
            : treasure.Finders >= treasure.Rule.Copies ? RefusalCode.TreasureAllFound
            : null;
    }

    private static ActionRefused No(
        HuntAction action, RefusalCode code, string? team = null, string? treasure = null, string? hint = null, DateTimeOffset? until = null) =>
        new(action.Kind, code, team, treasure, hint, until);
}
