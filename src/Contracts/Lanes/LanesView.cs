namespace TreasureHunt.Contracts.Lanes;

/// <summary>Answer of GET /lanes: who should own which lane, who does, and how much each of them carries.</summary>
/// <param name="Version">the settings version the plan is of</param>
/// <param name="Balanced">lane.balance: ConfigService keeps the plan; else operators write it</param>
/// <param name="Plan">lane.plan</param>
/// <param name="InStep">every planned lane that somebody is known to work is worked by its planned owner alone</param>
public sealed record LanesView(
    long Version, bool Balanced, string Plan, bool InStep, IReadOnlyList<LaneView> Lanes, IReadOnlyList<LaneProcessorView> Processors);

/// <param name="Owners">who says it works it: one; two for a moment while it moves; none while it is idle</param>
/// <param name="InHand">envelopes delivered and not yet committed</param>
/// <param name="PerSecond">actions committed per second</param>
/// <param name="Share">of all lanes' actions, 0 to 1</param>
/// <param name="Hot">more than twice the mean rate of all lanes, and envelopes wait in its queue, no fewer than some seconds ago</param>
/// <param name="Planned">who should own it; null: the plan does not say</param>
/// <param name="Waiting">envelopes in its queue; null: the broker could not be asked</param>
public sealed record LaneView(
    int Lane, IReadOnlyList<string> Owners, int InHand, double PerSecond, double Share, bool Hot, string? Planned = null, long? Waiting = null);

/// <param name="Planned">lanes the plan gives it</param>
/// <param name="Active">lanes it says it works</param>
/// <param name="SeenMs">milliseconds since its last report</param>
public sealed record LaneProcessorView(
    string Instance, int Weight, LaneStage Stage, int Planned, int Active, double PerSecond, long Version, double SeenMs);
