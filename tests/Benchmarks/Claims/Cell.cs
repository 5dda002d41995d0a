using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>All that was measured of one arm under one condition.</summary>
/// <param name="ClosedPerSecond">actions per second of each closed loop</param>
/// <param name="Steps">the ladder of open loops; empty where the condition does not last as long as one</param>
/// <param name="Equal">at the rate all arms are compared at; of several open loops the one with the median mean</param>
/// <param name="EqualCost">of an action at that rate</param>
/// <param name="CentralCpu">µs per action at that rate, of the central place's own process; 0 where that was killed meanwhile</param>
/// <param name="Calls">to the central place per action at that rate</param>
/// <param name="ResidentMb">of the processor after a full collection, that rate just over</param>
/// <param name="HeapMb">managed, of the processor after that collection</param>
/// <param name="CentralMb">resident, of the central place's own process</param>
/// <param name="Versions">settings versions that stored events name</param>
public sealed record Cell(
    string Arm, string Condition, DateTimeOffset At, double CalibrationMs, IReadOnlyList<double> ClosedPerSecond, double ClosedCpu,
    IReadOnlyList<Step> Steps, OpenLoopResult Equal, Cost EqualCost, double CentralCpu, double Calls, double ResidentMb, double HeapMb, double CentralMb,
    long Versions, Conservation Books);
