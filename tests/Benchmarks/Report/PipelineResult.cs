using System.Text.Json.Serialization;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Report;

/// <summary>All that a run of `bench pipeline` found out; what --json prints.</summary>
public sealed record PipelineResult(
    DateTimeOffset At, string Commit, string Command, PipelinePlan Plan, Machine Machine, string Idiomatic, IReadOnlyList<PairResult> Pairs)
{
    public Spread Ratio => Spread.Of(Pairs.Select(pair => pair.Ratio));

    public Spread LanesPerSecond => Spread.Of(Pairs.Select(pair => pair.Lanes.PerSecond));

    public Spread IdiomaticPerSecond => Spread.Of(Pairs.Select(pair => pair.Idiomatic.PerSecond));

    [JsonIgnore]
    public IEnumerable<ArmResult> Arms => Pairs.SelectMany(pair => new[] { pair.Lanes, pair.Idiomatic });

    /// <summary>A run that loses or doubles one action has no throughput.</summary>
    public bool Conserved => Arms.All(arm => arm.Conservation.Holds);

    /// <summary>
    /// Share of the closed loop's actions that came to another fact in the other arm. A few are to be expected: the idiomatic
    /// arm does not keep order, so a wrong answer may be judged after the right one that followed it.
    /// </summary>
    public double Difference => Pairs.Max(pair => pair.Difference);

    /// <summary>More than this share: the arms did not do the same work.</summary>
    public const double MostDifference = 0.01;
}

/// <param name="Number">from 1; in even pairs the idiomatic arm ran first</param>
public sealed record PairResult(int Number, ArmResult Lanes, ArmResult Idiomatic)
{
    public double Ratio => Lanes.PerSecond / Idiomatic.PerSecond;

    public double Difference
    {
        get
        {
            var moved = Lanes.Facts.Keys.Union(Idiomatic.Facts.Keys).Sum(fact => Math.Abs(Lanes.Facts.GetValueOrDefault(fact) - Idiomatic.Facts.GetValueOrDefault(fact))) / 2.0;
            return moved / Lanes.Facts.Values.Sum();
        }
    }
}

/// <param name="CalibrationMs">fixed work just before: compare within a pair, distrust a pair where the arms' differ much</param>
/// <param name="ResidentMb">of the processor, after the closed loop</param>
/// <param name="ViewsBehind">events the daemon had still to fold into the views when the closed loop ended</param>
/// <param name="Facts">what became of the actions of warm-up and closed loop, by kind</param>
/// <param name="OpenLoops">rates at or below four fifths of the closed loop's; others cannot be sustained</param>
public sealed record ArmResult(
    string Arm, double CalibrationMs, double PerSecond, double AcceptedPerSecond, Cost Cost, double ResidentMb, long ViewsBehind,
    IReadOnlyDictionary<string, long> Facts, IReadOnlyList<OpenLoopResult> OpenLoops, Conservation Conservation);

/// <summary>Median, least and most.</summary>
public sealed record Spread(double Median, double Least, double Most)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return new Spread(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}
