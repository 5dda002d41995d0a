using System.Diagnostics.Metrics;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.ServiceDefaults.Stages;

/// <summary>
/// How long the stages of this process took: as a metric, and for /status over the last minute. Recorded per envelope (told and visible: per batch), never
/// per action, so an envelope of one action weighs as much as one of 256. Thread-safe, without locks.
/// </summary>
public sealed class StageTimes(TimeProvider time)
{
    /// <summary>/status goes back this far, and up to a slice less.</summary>
    public const int WindowSeconds = 60;

    private const int SliceSeconds = 10, Slices = WindowSeconds / SliceSeconds;

    private static readonly Meter Meter = new("TreasureHunt");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("hunt.stage.duration", "ms", "Time of a message's stages, per envelope or batch.");

    private static readonly string[] Names = [.. Enum.GetNames<Stage>().Select(name => name.ToLowerInvariant())];
    private static readonly KeyValuePair<string, object?>[] Tags = [.. Names.Select(name => new KeyValuePair<string, object?>("stage", name))];

    private readonly long[] _sums = new long[Names.Length];
    private readonly Slice[] _slices = [.. Enumerable.Range(0, Slices).Select(_ => new Slice(-1))];

    /// <summary>As in /status and in the metric's tag.</summary>
    public static string NameOf(Stage stage) => Names[(int)stage];

    /// <param name="took">negative counts as 0: clocks of two processes may differ</param>
    public void Record(Stage stage, TimeSpan took)
    {
        var micros = Math.Max(0, took.Ticks / TimeSpan.TicksPerMicrosecond);
        Duration.Record(micros / 1e3, Tags[(int)stage]);
        Interlocked.Add(ref _sums[(int)stage], micros);
        Current().Add((int)stage, micros);
    }

    /// <summary>Stages that were recorded since the process started, in their order.</summary>
    public IReadOnlyDictionary<string, StageSummary> Summary()
    {
        var oldest = Epoch() - Slices + 1;
        var live = Array.FindAll(_slices, slice => slice.Epoch >= oldest);
        var stages = new Dictionary<string, StageSummary>();
        for (var stage = 0; stage < Names.Length; stage++)
            if (Of(stage, live) is { } summary) stages[Names[stage]] = summary;
        return stages;
    }

    private StageSummary? Of(int stage, Slice[] slices)
    {
        var counts = new long[LogBuckets.Count];
        long count = 0, max = 0;
        foreach (var slice in slices)
        {
            for (var bucket = 0; bucket < counts.Length; bucket++)
            {
                var more = Volatile.Read(ref slice.Counts[(stage * LogBuckets.Count) + bucket]);
                counts[bucket] += more;
                count += more;
            }
            max = Math.Max(max, Interlocked.Read(ref slice.Max[stage]));
        }
        var sum = Interlocked.Read(ref _sums[stage]);
        return count == 0 && sum == 0 ? null : new StageSummary(count, At(0.50), At(0.99), max / 1e3, sum / 1e3);

        double At(double share)
        {
            var rest = (long)Math.Ceiling(share * count);
            for (var bucket = 0; bucket < counts.Length; bucket++)
                if ((rest -= counts[bucket]) <= 0) return Math.Min(LogBuckets.UpperOf(bucket), max) / 1e3;
            return max / 1e3;
        }
    }

    private long Epoch() => time.GetTimestamp() / (time.TimestampFrequency * SliceSeconds);

    /// <summary>A slice is begun anew by whoever comes first after its ten seconds; one that still adds to the old one adds to what nobody reads.</summary>
    private Slice Current()
    {
        var epoch = Epoch();
        ref var place = ref _slices[epoch % Slices];
        var slice = Volatile.Read(ref place);
        if (slice.Epoch == epoch) return slice;
        var fresh = new Slice(epoch);
        var seen = Interlocked.CompareExchange(ref place, fresh, slice);
        return ReferenceEquals(seen, slice) ? fresh : seen;
    }

    private sealed class Slice(long epoch)
    {
        public readonly long Epoch = epoch;
        public readonly int[] Counts = new int[Names.Length * LogBuckets.Count];
        public readonly long[] Max = new long[Names.Length];

        public void Add(int stage, long micros)
        {
            Interlocked.Increment(ref Counts[(stage * LogBuckets.Count) + LogBuckets.Of(micros)]);
            for (var max = Volatile.Read(ref Max[stage]); micros > max;)
            {
                var seen = Interlocked.CompareExchange(ref Max[stage], micros, max);
                if (seen == max) return;
                max = seen;
            }
        }
    }
}

/// <summary>One stage over the last minute or so; milliseconds, percentiles rounded up by a sixteenth at most.</summary>
/// <param name="Count">envelopes; of told and visible, batches</param>
/// <param name="TotalMs">of all since the process started: the difference of two readings shows where the time between them went</param>
public sealed record StageSummary(long Count, double P50Ms, double P99Ms, double MaxMs, double TotalMs);
