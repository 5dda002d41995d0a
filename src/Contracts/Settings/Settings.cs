using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// The immutable snapshot of settings a process works by: replaced whole, never mutated. One volatile read gives it.
/// Every value comes from <see cref="SettingsSchema"/>.
/// </summary>
public sealed record Settings
{
    /// <summary>Version of the settings stream this snapshot reflects; 0: the schema's defaults.</summary>
    public required long Version { get; init; }
    public required LaneSettings Lane { get; init; }
    public required IntakeSettings Intake { get; init; }
    public required IngressSettings Ingress { get; init; }
    public required CheckpointSettings Checkpoint { get; init; }
    public required LogSettings Log { get; init; }
    public required CallPolicy Broker { get; init; }
    public required CallPolicy Config { get; init; }
    public required CallPolicy Store { get; init; }
}

/// <param name="Concurrency">commits under way at once in a process; at 0 no lane starts a batch</param>
/// <param name="BatchCap">actions of a lane per commit at most</param>
/// <param name="Window">envelopes of a lane in the worker's hands at most</param>
/// <param name="Pace">how long the lanes of a busy process wait for each other before they begin</param>
/// <param name="Paused">no lane starts a batch</param>
/// <param name="Prefetch">unacknowledged envelopes the broker hands to a lane; changed by orderly re-open</param>
/// <param name="Plan">which processor should own which lane</param>
/// <param name="Balance">ConfigService keeps the plan</param>
public sealed record LaneSettings(
    int Concurrency, int BatchCap, int Window, TimeSpan Pace, bool Paused, int Prefetch, LanePlan Plan, bool Balance);

/// <param name="Prefetch">unacknowledged messages of the player-actions queue per process; changed by live hand-over</param>
public sealed record IntakeSettings(int Prefetch);

/// <param name="LaneDepth">accepted and undecided actions per lane at which an ingress answers 503</param>
/// <param name="RatePerSecond">actions per second a subject may send to one hunt</param>
/// <param name="RateBurst">actions a subject may send at once</param>
/// <param name="Pace">how long the lanes of a busy process fill their envelopes before they send</param>
/// <param name="FeedConnections">feeds an ingress keeps open at once</param>
/// <param name="YieldPercent">share of the lane depth, and of the requests in flight, at which looks at a hunt are answered 503</param>
/// <param name="InFlight">requests with actions an ingress works on at once, until the broker has them</param>
public sealed record IngressSettings(int LaneDepth, int RatePerSecond, int RateBurst, TimeSpan Pace, int FeedConnections, int YieldPercent, int InFlight);

/// <param name="Every">events between two checkpoints of a hunt</param>
public sealed record CheckpointSettings(int Every);

/// <param name="Level">verbose, debug, information, warning, error or fatal</param>
public sealed record LogSettings(string Level);
