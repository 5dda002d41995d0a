namespace TreasureHunt.Prefetch;

/// <summary>What became of a <see cref="LivePrefetch.SetAsync"/>.</summary>
/// <param name="InForce">
/// unacknowledged messages the broker now hands out at most: what was asked for, or what was asked for later and overtook it;
/// 0 while no channel consumes (not started, stopped, connection lost): the next one begins with the value asked for last
/// </param>
/// <param name="Took">from the call to the moment the value was in force</param>
public readonly record struct PrefetchChange(int InForce, TimeSpan Took);
