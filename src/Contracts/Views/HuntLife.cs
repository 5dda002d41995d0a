using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Contracts.Views;

/// <summary>
/// The life cycle of a hunt: published, open between two instants, paused or not, board frozen or not.
/// Everything is computed from times; nothing is stored by timers. A fold of facts; not thread-safe.
/// </summary>
public sealed class HuntLife
{
    public HuntDefinition? Definition { get; private set; }
    public int DefinitionVersion { get; private set; }
    public DateTimeOffset Opens { get; private set; }
    public DateTimeOffset Closes { get; private set; }
    public bool Paused { get; private set; }

    /// <summary>From here on the public board stands still; null: never, or thawed.</summary>
    public DateTimeOffset? FreezeAt { get; private set; }

    public bool IsFrozen(DateTimeOffset now) => FreezeAt <= now;

    public HuntPhase PhaseAt(DateTimeOffset now) =>
        Definition is null ? HuntPhase.Unpublished
        : now < Opens ? HuntPhase.Published
        : now >= Closes ? HuntPhase.Closed
        : Paused ? HuntPhase.Paused
        : HuntPhase.Open;

    public void Apply(HuntFact fact, DateTimeOffset at)
    {
        switch (fact)
        {
            case HuntPublished published:
                Definition = published.Definition;
                DefinitionVersion = published.DefinitionVersion;
                (Opens, Closes) = (published.Definition.Window.Opens, published.Definition.Window.Closes);
                FreezeAt = published.Definition.Board?.FreezeAt;
                break;
            case HuntOpened: Opens = at; break;
            case HuntClosed: Closes = at; break;
            case HuntPaused: Paused = true; break;
            case HuntResumed: Paused = false; break;
            case BoardFrozen: FreezeAt = at; break;
            case BoardThawed: FreezeAt = null; break;
        }
    }
}

public enum HuntPhase { Unpublished, Published, Open, Paused, Closed }
