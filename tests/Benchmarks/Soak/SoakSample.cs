using System.Text.Json.Serialization;
using HdrHistogram;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Soak;

/// <summary>Megabytes in use.</summary>
/// <param name="Processor">resident</param>
/// <param name="Heap">of that managed, after the last collection</param>
/// <param name="Generator">resident; this process: the load and the ingress's lane writers</param>
/// <param name="Postgres">all its processes, what they share counted once; null: not to be seen</param>
/// <param name="Broker">resident; null: not to be seen</param>
public sealed record MemoryUse(double Processor, double Heap, double Generator, double? Postgres, double? Broker)
{
    private const double Megabyte = 1e6;

    public static MemoryUse Of(Workers workers, long heapBytes) => new(
        Resident(workers.Processor), heapBytes / Megabyte, Resident(Environment.ProcessId),
        workers.Postgres is { } postgres && ProcessTree.ProportionalBytes(postgres) is > 0 and var bytes ? bytes / Megabyte : null,
        workers.Broker is { } broker ? Resident(broker) : null);

    private static double Resident(int pid) => ProcessTree.ResidentBytes(pid) / Megabyte;
}

/// <summary>One interval of the soak.</summary>
/// <param name="Second">of the soak, at the end of the interval</param>
/// <param name="Committed">actions decided and stored</param>
/// <param name="Latency">of the outcomes that came back; all 0: none did</param>
/// <param name="Lateness">how much later than scheduled the generator sent; part of the latency too</param>
/// <param name="Waiting">actions sent and not answered, at the end</param>
/// <param name="Cost">per action committed</param>
/// <param name="Memory">at the end</param>
/// <param name="StoreBytes">of the database, at the end</param>
/// <param name="Microseconds">the same as Latency; those of a stretch are added</param>
public sealed record SoakSample(
    double Second, double Seconds, long Committed, Latencies Latency, Latencies Lateness, long Waiting, Cost Cost, MemoryUse Memory, long StoreBytes,
    [property: JsonIgnore] HistogramBase Microseconds);

/// <summary>Some samples in a row, as one. Memory and cost are means over them.</summary>
/// <param name="Until">second of the soak</param>
/// <param name="Waiting">at the end</param>
/// <param name="LateP999">milliseconds, the worst interval's</param>
/// <param name="StoreBytes">at the end</param>
public sealed record SoakStretch(double Until, double PerSecond, Latencies Latency, double LateP999, long Waiting, Cost Cost, MemoryUse Memory, long StoreBytes)
{
    public static SoakStretch Of(IReadOnlyList<SoakSample> samples)
    {
        var latency = new LongHistogram(1, Latencies.LongestMicroseconds, numberOfSignificantValueDigits: 2);
        foreach (var sample in samples) latency.Add(sample.Microseconds);
        var last = samples[^1];
        return new SoakStretch(
            last.Second, samples.Sum(sample => sample.Committed) / samples.Sum(sample => sample.Seconds), Latencies.OfInterval(latency), samples.Max(sample => sample.Lateness.P999), last.Waiting,
            new Cost(
                Mean(sample => sample.Cost.Processor), MeanOrNull(sample => sample.Cost.Postgres), MeanOrNull(sample => sample.Cost.Broker), Mean(sample => sample.Cost.Generator),
                Mean(sample => sample.Cost.AllocatedBytes), Mean(sample => sample.Cost.WalBytes), Mean(sample => sample.Cost.Batch), Mean(sample => sample.Cost.RetriedShare)),
            new MemoryUse(
                Mean(sample => sample.Memory.Processor), Mean(sample => sample.Memory.Heap), Mean(sample => sample.Memory.Generator),
                MeanOrNull(sample => sample.Memory.Postgres), MeanOrNull(sample => sample.Memory.Broker)),
            last.StoreBytes);

        double Mean(Func<SoakSample, double> figure) => samples.Average(figure);
        double? MeanOrNull(Func<SoakSample, double?> figure) => samples.Average(figure); // null where none has it
    }
}
