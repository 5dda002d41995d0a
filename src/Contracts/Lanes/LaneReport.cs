using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Lanes;

/// <summary>Where a processor is in its life, as far as lanes go.</summary>
public enum LaneStage
{
    /// <summary>Not yet subscribed to every lane.</summary>
    Starting,
    /// <summary>Works lanes, or stands by for them.</summary>
    Working,
    /// <summary>Shutting down in order: its lanes are about to be given up.</summary>
    Leaving,
}

/// <summary>
/// What a processor says of itself once a second, to whoever listens: ConfigService, which plans the lanes, and the other
/// processors, which give a lane up only to one that stands by for it. Not persistent; it expires. It is presence, too.
/// </summary>
/// <param name="Weight">size of the processor, 1 to 64; lanes are shared out in proportion</param>
/// <param name="SettingsVersion">the settings version it works by</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record LaneReport(string Instance, int Weight, LaneStage Stage, long SettingsVersion, IReadOnlyList<LaneState> Lanes)
{
    /// <summary>Fan-out exchange the reports go to.</summary>
    public const string Exchange = "hunt.lane-reports";

    public const int MaxWeight = 64;

    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>A processor that has not said anything for this long is gone, and what it said has expired.</summary>
    public static readonly TimeSpan GoneAfter = TimeSpan.FromSeconds(4);
}

/// <summary>A lane as one processor sees it.</summary>
/// <param name="Subscribed">it gets the lane when its turn comes, or has it</param>
/// <param name="Active">the broker delivers to it: true from the first delivery on, so an idle lane may have an owner nobody knows</param>
/// <param name="Committed">actions committed since the process started</param>
/// <param name="PerSecond">of them, per second since the last report</param>
/// <param name="InHand">envelopes delivered and not yet committed</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record LaneState(int Lane, bool Subscribed, bool Active, long Committed, double PerSecond, int InHand);
