using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Processors.Hunts;

public static partial class Decider
{
    /// <summary>The ingress has checked the plain definition; what can be seen through the seals is checked again here.</summary>
    private static HuntFact Publish(Hunt hunt, PublishHunt publish)
    {
        if (hunt.Life.Definition is not null) return No(publish, RefusalCode.HuntAlreadyPublished);
        if (publish.Definition.Hunt != hunt.Slug || !DefinitionCheck.IsSound(publish.Definition))
            return No(publish, RefusalCode.DefinitionInvalid);
        return new HuntPublished(publish.Definition, DefinitionVersion: 1);
    }

    private static HuntFact Open(Hunt hunt, OpenHunt open, DateTimeOffset now) => hunt.Life.PhaseAt(now) switch
    {
        HuntPhase.Unpublished => No(open, RefusalCode.HuntNotPublished),
        HuntPhase.Closed => No(open, RefusalCode.HuntClosed),
        HuntPhase.Published => new HuntOpened(),
        _ => No(open, RefusalCode.HuntAlreadyOpen),
    };

    /// <summary>A hunt that has not opened yet may be closed too: it never will.</summary>
    private static HuntFact Close(Hunt hunt, CloseHunt close, DateTimeOffset now) =>
        NotForming(hunt, now) is { } shut ? No(close, shut) : new HuntClosed();

    /// <summary>Pausing before the window opens holds the start.</summary>
    private static HuntFact Pause(Hunt hunt, PauseHunt pause, DateTimeOffset now) =>
        NotForming(hunt, now) is { } shut ? No(pause, shut)
        : hunt.Life.Paused ? No(pause, RefusalCode.HuntPaused)
        : new HuntPaused();

    private static HuntFact Resume(Hunt hunt, ResumeHunt resume, DateTimeOffset now) =>
        NotForming(hunt, now) is { } shut ? No(resume, shut)
        : !hunt.Life.Paused ? No(resume, RefusalCode.HuntNotPaused)
        : new HuntResumed();

    /// <summary>Freezing and thawing go on after the close: that is when a frozen board is revealed.</summary>
    private static HuntFact Freeze(Hunt hunt, FreezeBoard freeze, DateTimeOffset now) =>
        hunt.Life.Definition is null ? No(freeze, RefusalCode.HuntNotPublished)
        : hunt.Life.IsFrozen(now) ? No(freeze, RefusalCode.BoardAlreadyFrozen)
        : new BoardFrozen();

    private static HuntFact Thaw(Hunt hunt, ThawBoard thaw, DateTimeOffset now) =>
        hunt.Life.Definition is null ? No(thaw, RefusalCode.HuntNotPublished)
        : !hunt.Life.IsFrozen(now) ? No(thaw, RefusalCode.BoardNotFrozen)
        : new BoardThawed();
}
