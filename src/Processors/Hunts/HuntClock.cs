using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Processors.Hunts;

/// <summary>
/// The time an action is decided by: when the ingress took it in, so that a backlog costs nobody the window. An imported
/// hunt knows no wall clock: its time is when things happened, and stands still for an action that does not say. Never
/// before the hunt's last fact.
/// </summary>
public static class HuntClock
{
    public static DateTimeOffset Now(Hunt hunt, AcceptedAction accepted)
    {
        var definition = hunt.Life.Definition ?? (accepted.Action as PublishHunt)?.Definition;
        var at = definition?.Clock != Clock.Imported ? accepted.AcceptedAt
            : accepted.OccurredAt ?? (hunt.Version > 0 ? hunt.LastAt : definition.Window.Opens);
        at = at.ToUniversalTime();
        return at > hunt.LastAt ? at : hunt.LastAt;
    }
}
