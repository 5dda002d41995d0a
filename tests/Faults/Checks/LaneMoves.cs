using System.Globalization;
using System.Text;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Tests.Faults.Checks;

/// <summary>A processor that was stopped or killed.</summary>
public sealed record Departure(string Processor, DateTimeOffset At, bool Killed);

/// <summary>A lane that went from one processor to another, as its stream shows it.</summary>
/// <param name="Last">of the old owner's commits</param>
/// <param name="Gap">until the first commit of the new owner</param>
/// <param name="Why">planned, stop or kill</param>
public sealed record LaneMove(int Lane, string From, string To, DateTimeOffset Last, TimeSpan Gap, string Why);

/// <summary>Who wrote to which lane, one after the other, read from the stamps of the events.</summary>
public static class LaneMoves
{
    /// <summary>Moves with the longest gaps that are named one by one.</summary>
    private const int MostNamed = 10;

    /// <param name="history">one hunt on each lane</param>
    public static IReadOnlyList<LaneMove> Of(History history, int lanes, IReadOnlyList<Departure> departures)
    {
        var moves = new List<LaneMove>();
        foreach (var stream in history.Events.GroupBy(stored => stored.Hunt))
        {
            StoredEvent? last = null;
            foreach (var stored in stream.OrderBy(stored => stored.Version))
            {
                if (last is not null && last.Stamp.Processor != stored.Stamp.Processor)
                {
                    var left = departures.FirstOrDefault(gone => gone.Processor == last.Stamp.Processor && gone.At <= stored.Committed && last.Committed <= gone.At + Goodbye);
                    moves.Add(new LaneMove(
                        LaneHash.LaneOf(stored.Hunt, lanes), last.Stamp.Processor, stored.Stamp.Processor, last.Committed, stored.Committed - last.Committed,
                        left is null || stored.Committed - left.At > Goodbye + Failover ? "planned" : left.Killed ? "kill" : "stop"));
                }
                last = stored;
            }
        }
        return [.. moves.OrderBy(move => move.Last)];
    }

    public static string Report(IReadOnlyList<LaneMove> moves)
    {
        var text = new StringBuilder();
        foreach (var kind in moves.GroupBy(move => move.Why).OrderBy(kind => kind.Key, StringComparer.Ordinal).Append(moves.GroupBy(_ => "all").Single()))
        {
            var gaps = kind.Select(move => move.Gap.TotalMilliseconds).Order().ToArray();
            text.AppendLine(CultureInfo.InvariantCulture,
                $"commit gap of {gaps.Length,4} moves ({kind.Key,-7}): p50 {At(gaps, 0.5):0} ms, p99 {At(gaps, 0.99):0} ms, max {gaps[^1]:0} ms");
        }
        foreach (var move in moves.OrderByDescending(move => move.Gap).Take(MostNamed))
            text.AppendLine(CultureInfo.InvariantCulture, $"  {move.Last:HH:mm:ss.fff} lane {move.Lane} {move.From} -> {move.To} ({move.Why}): {move.Gap.TotalMilliseconds:0} ms");
        return text.ToString().TrimEnd();
    }

    /// <summary>Between a signal and the last commit of a process that ends in order; and until the next one has the lane.</summary>
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5), Failover = TimeSpan.FromSeconds(10);

    private static double At(double[] sorted, double part) => sorted[Math.Min(sorted.Length - 1, (int)(part * sorted.Length))];
}
