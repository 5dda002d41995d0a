using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Processors.Hunts;

/// <summary>
/// The time an action is decided by: when the ingress took it in, so that a backlog costs nobody the window, or when it
/// happened where the hunt's clock is imported; never before the hunt's last fact.
/// </summary>
public static class HuntClock
{
    public static DateTimeOffset Now(Hunt hunt, AcceptedAction accepted)
    {
        var imported = hunt.Life.Definition?.Clock == Clock.Imported;
        var at = (imported ? accepted.OccurredAt ?? accepted.AcceptedAt : accepted.AcceptedAt).ToUniversalTime();
        return at > hunt.LastAt ? at : hunt.LastAt;
    }
}
