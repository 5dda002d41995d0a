using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Processors.Hunts;

/// <summary>Teams may form from publication until the hunt closes, also while it is paused.</summary>
public static partial class Decider
{
    private static HuntFact Register(Hunt hunt, RegisterTeam register, AcceptedAction accepted, DateTimeOffset now)
    {
        if (NotForming(hunt, now) is { } shut) return No(register, shut, register.Team);
        if (!accepted.Service && hunt.TeamOfPlayer.ContainsKey(accepted.Actor))
            return No(register, RefusalCode.PlayerAlreadyInTeam, register.Team);
        if (hunt.Teams.ContainsKey(register.Team)) return No(register, RefusalCode.TeamNameTaken, register.Team);

        return new TeamRegistered(register.Team, accepted.Service ? null : accepted.Actor, register.Code);
    }

    private static HuntFact Join(Hunt hunt, JoinTeam join, string actor, DateTimeOffset now)
    {
        if (NotForming(hunt, now) is { } shut) return No(join, shut, join.Team);
        if (!hunt.Teams.TryGetValue(join.Team, out var team)) return No(join, RefusalCode.TeamUnknown, join.Team);
        if (hunt.TeamOfPlayer.ContainsKey(actor)) return No(join, RefusalCode.PlayerAlreadyInTeam, team.Id);
        if (team.CodeMac is null || team.CodeMac != join.Code) return No(join, RefusalCode.JoinCodeWrong, team.Id);

        return new TeamJoined(team.Id, actor);
    }

    private static RefusalCode? NotForming(Hunt hunt, DateTimeOffset now) => hunt.Life.PhaseAt(now) switch
    {
        HuntPhase.Unpublished => RefusalCode.HuntNotPublished,
        HuntPhase.Closed => RefusalCode.HuntClosed,
        _ => null,
    };
}
