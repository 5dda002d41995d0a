using System.Text.Json;
using System.Text.Json.Serialization;
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

    /// <summary>From here on the public board stands still; null: never, or thawed. A thaw leaves a planned freeze that is still to come.</summary>
    public DateTimeOffset? FreezeAt { get; private set; }

    public bool IsFrozen(DateTimeOffset now) => FreezeAt <= now;

    public HuntPhase PhaseAt(DateTimeOffset now) =>
        Definition is null ? HuntPhase.Unpublished
        : now >= Closes ? HuntPhase.Closed // first: a hunt closed before it opened never opens
        : now < Opens ? HuntPhase.Published
        : Paused ? HuntPhase.Paused
        : HuntPhase.Open;

    /// <summary>For a checkpoint: all but the definition.</summary>
    public void Write(BinaryWriter to)
    {
        to.Write7BitEncodedInt(DefinitionVersion);
        to.Write(Opens.UtcTicks);
        to.Write(Closes.UtcTicks);
        to.Write(Paused);
        to.Write(FreezeAt?.UtcTicks ?? 0);
    }

    public static HuntLife Read(BinaryReader from, HuntDefinition? definition) => new()
    {
        Definition = definition,
        DefinitionVersion = from.Read7BitEncodedInt(),
        Opens = Instant(from.ReadInt64()),
        Closes = Instant(from.ReadInt64()),
        Paused = from.ReadBoolean(),
        FreezeAt = from.ReadInt64() is var ticks and not 0 ? Instant(ticks) : null,
    };

    private static DateTimeOffset Instant(long utcTicks) => new(utcTicks, TimeSpan.Zero);

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
            case BoardThawed: FreezeAt = Definition?.Board?.FreezeAt is { } planned && planned > at ? planned : null; break;
        }
    }
}

[JsonConverter(typeof(HuntPhaseConverter))]
public enum HuntPhase { Unpublished, Published, Open, Paused, Closed }

public sealed class HuntPhaseConverter() : JsonStringEnumConverter<HuntPhase>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);
