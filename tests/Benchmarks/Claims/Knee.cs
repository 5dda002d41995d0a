namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>
/// The knee of an arm: the highest rate it sustains, found on a ladder of rising rates and between the last rung that held and the first that did not.
/// </summary>
public static class Knee
{
    /// <summary>p99 at most, from the scheduled time to the outcome's return.</summary>
    public const double MaxP99Ms = 100;

    /// <summary>Share of what is sent by which the backlog may grow and still count as not growing: a run ends at some point of a batch.</summary>
    public const double MaxGrowth = 0.01;

    /// <summary>Goal C2: latency unchanged means p99 at most this many times the other arm's at its knee.</summary>
    public const double UnchangedP99 = 1.10;

    private const double Rung = 1.4142135623730951;

    /// <param name="first">rate to begin with; lower ones follow where it does not hold</param>
    /// <param name="least">below it an arm has no knee</param>
    /// <param name="halvings">how often the rung between holding and not holding is halved</param>
    public static async Task<IReadOnlyList<Step>> FindAsync(double first, double least, double most, int halvings, Func<double, Task<Step>> measure)
    {
        var steps = new List<Step>();
        double held = 0, failed = double.PositiveInfinity;
        for (var rate = first; rate >= least && rate <= most;)
        {
            if (await HoldsAsync(rate)) held = rate;
            else failed = rate;
            if (held > 0 && failed < double.PositiveInfinity) break;
            rate = held > 0 ? rate * Rung : rate / Rung;
        }
        for (var i = 0; i < halvings && held > 0 && failed < double.PositiveInfinity; i++)
        {
            var middle = Math.Sqrt(held * failed);
            if (await HoldsAsync(middle)) held = middle;
            else failed = middle;
        }
        return steps;

        // A step that does not hold is measured once more: a moment's pause of the machine is not the arm's.
        async Task<bool> HoldsAsync(double rate)
        {
            steps.Add(await measure(rate));
            if (!steps[^1].Holds) steps.Add(await measure(rate));
            return steps[^1].Holds;
        }
    }

    /// <summary>The highest rate that held; 0: none did.</summary>
    public static double Of(IReadOnlyList<Step> steps) => steps.Where(step => step.Holds).Select(step => step.Rate).DefaultIfEmpty(0).Max();

    /// <summary>p99 at the knee; null: there is none.</summary>
    public static double? P99(IReadOnlyList<Step> steps) => steps.Where(step => step.Holds).MaxBy(step => step.Rate)?.P99;

    /// <summary>
    /// How many times the other arm's traffic an arm takes at a latency unchanged: its highest rate with p99 at most <see cref="UnchangedP99"/> times
    /// what the other has at its knee. Null: one of them has no such rate.
    /// </summary>
    public static double? Multiple(IReadOnlyList<Step> arm, IReadOnlyList<Step> other)
    {
        if (P99(other) is not { } p99) return null;
        var most = arm.Where(step => step.Growth <= MaxGrowth && step.P99 <= p99 * UnchangedP99).Select(step => step.Rate).DefaultIfEmpty(0).Max();
        return most > 0 ? most / Of(other) : null;
    }
}

/// <summary>One open loop of the ladder.</summary>
/// <param name="Rate">actions per second, as scheduled</param>
/// <param name="Growth">actions by which the backlog grew per action sent</param>
/// <param name="LateMs">how late the load generator itself was at p99.9</param>
public sealed record Step(double Rate, double MeanMs, double P50, double P99, double MaxMs, double Growth, double LateMs)
{
    public bool Holds => P99 <= Knee.MaxP99Ms && Growth <= Knee.MaxGrowth;
}
