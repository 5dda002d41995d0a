using System.Text.Json.Serialization;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Report;

/// <summary>All that a run of `bench pipeline` found out; what --json prints.</summary>
/// <param name="Tunings">what the rivals among the arms ran with</param>
public sealed record PipelineResult(
    DateTimeOffset At, string Commit, string Command, PipelinePlan Plan, Machine Machine, IReadOnlyDictionary<string, string> Tunings, IReadOnlyList<RoundResult> Rounds)
{
    /// <summary>Actions per second of each arm.</summary>
    public IReadOnlyDictionary<string, Spread> PerSecond => OfEach(arm => Rounds.Select(round => round.Of(arm).PerSecond));

    /// <summary>How many times each other arm's actions per second the lanes do, within a round.</summary>
    public IReadOnlyDictionary<string, Spread> Ratios => OfEach(arm => Rounds.Select(round => round.Ratio(arm)));

    [JsonIgnore]
    public IEnumerable<ArmResult> Arms => Rounds.SelectMany(round => round.Arms);

    /// <summary>A run that loses or doubles one action has no throughput.</summary>
    public bool Conserved => Arms.All(arm => arm.Conservation.Holds);

    /// <summary>
    /// Share of the actions both arms were given that came to another fact than in the lanes, at most. A few are to be expected: the rivals
    /// do not keep order, so a wrong answer may be judged after the right one that followed it.
    /// </summary>
    public double Difference => Rounds.Max(round => round.Arms.Max(arm => round.Lanes.Difference(arm)));

    /// <summary>More than this share: the arms did not do the same work.</summary>
    public const double MostDifference = 0.01;

    private Dictionary<string, Spread> OfEach(Func<string, IEnumerable<double>> values) => Plan.Arms.ToDictionary(arm => arm, arm => Spread.Of(values(arm)));
}

/// <param name="Number">from 1; see <see cref="BenchArms.Order"/></param>
/// <param name="Arms">in the order of the plan, the lanes first; not in the order they ran</param>
public sealed record RoundResult(int Number, IReadOnlyList<ArmResult> Arms)
{
    [JsonIgnore]
    public ArmResult Lanes => Arms[0];

    public ArmResult Of(string arm) => Arms.Single(result => result.Arm == arm);

    public double Ratio(string arm) => Lanes.PerSecond / Of(arm).PerSecond;
}

/// <param name="CalibrationMs">fixed work just before: compare within a round, distrust a round where the arms' differ much</param>
/// <param name="ResidentMb">of the processor, after the closed loop</param>
/// <param name="ViewsBehind">events the daemon had still to fold into the views when the closed loop ended</param>
/// <param name="Facts">what became of the actions of warm-up and closed loop, by kind</param>
/// <param name="OpenLoops">rates at or below four fifths of the closed loop's; others cannot be sustained</param>
public sealed record ArmResult(
    string Arm, double CalibrationMs, double PerSecond, double AcceptedPerSecond, Cost Cost, double ResidentMb, long ViewsBehind,
    IReadOnlyDictionary<string, long> Facts, IReadOnlyList<OpenLoopResult> OpenLoops, Conservation Conservation)
{
    /// <summary>What became of each action of warm-up and closed loop, by its place in the list.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> FactByPlace { get; init; } = [];

    /// <summary>Share of the actions, as far as both arms were given them, that moved from one kind of fact to another.</summary>
    public double Difference(ArmResult other)
    {
        var both = Math.Min(FactByPlace.Count, other.FactByPlace.Count);
        if (both == 0) return 0;
        var (ours, theirs) = (Counts(FactByPlace), Counts(other.FactByPlace));
        return ours.Keys.Union(theirs.Keys).Sum(fact => Math.Abs(ours.GetValueOrDefault(fact) - theirs.GetValueOrDefault(fact))) / 2.0 / both;

        Dictionary<string, int> Counts(IReadOnlyList<string> facts) => facts.Take(both).CountBy(fact => fact).ToDictionary();
    }
}

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
