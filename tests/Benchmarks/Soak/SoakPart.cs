using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Soak;

/// <summary>The long time at one rate, sampled, and the count of everything at its end.</summary>
public sealed class SoakPart(BenchServers servers, SoakPlan plan, SoakWaves waves, TimeProvider time)
{
    private readonly List<SoakSample> _samples = [];

    /// <param name="database">is filled, and stays</param>
    /// <param name="books">gets what is sent</param>
    public async Task<SoakFigures> RunAsync(ArmDatabase database, SentBooks books, CancellationToken cancel)
    {
        await using var arm = await LanesArm.StartAsync(servers, database.Lend(), configService: null, cancel);
        var loop = new SteadyLoop(arm, plan.Rate, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var workers = Workers.Of(servers, arm);
        var sampling = SampleAsync(arm, loop, workers, await Reading.TakeAsync(arm, workers, cancel), over.Token);
        var sending = loop.RunAsync(waves.Slices().Select(slice =>
        {
            books.Add(slice.Wave, slice.Actions);
            return slice.Actions;
        }), over.Token);
        try
        {
            await await Task.WhenAny(sending, sampling); // without either it is no use going on
            await Task.WhenAll(sending, sampling);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(sending, sampling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var conservation = await Screen.StepAsync($"count of {books.Count:#,0} actions", () => books.CheckAsync(arm, servers.SeedEvents, cancel));
        if (!conservation.Holds) Screen.Note($"NOT CONSERVED: {conservation}");
        return new SoakFigures(plan, _samples, loop.Unanswered, conservation);
    }

    /// <summary>Until no whole interval is left.</summary>
    private async Task SampleAsync(LanesArm arm, SteadyLoop loop, Workers workers, Reading before, CancellationToken over)
    {
        var began = Stopwatch.GetTimestamp();
        var last = began;
        using var timer = new PeriodicTimer(plan.Every, time);
        while (Stopwatch.GetElapsedTime(began) < plan.Length - plan.Every / 2 && await timer.WaitForNextTickAsync(over))
        {
            var now = Stopwatch.GetTimestamp();
            var (latency, lateness) = loop.Interval();
            var after = await Reading.TakeAsync(arm, workers, over);
            var committed = after.Child.Totals.Committed - before.Child.Totals.Committed;
            _samples.Add(new SoakSample(
                Stopwatch.GetElapsedTime(began, now).TotalSeconds, Stopwatch.GetElapsedTime(last, now).TotalSeconds, committed, Latencies.OfInterval(latency), Latencies.OfInterval(lateness), loop.Waiting,
                Cost.Between(before, after, (int)Math.Max(1, committed)), MemoryUse.Of(workers, after.Child.Process.HeapBytes), await arm.Database.BytesAsync(over), latency));
            (last, before) = (now, after);
            if (_samples.Count % plan.SamplesPerLine == 0) Screen.Note("  " + SoakTables.Progress(SoakStretch.Of(_samples[^plan.SamplesPerLine..])));
        }
    }
}

/// <param name="Unanswered">actions whose outcome did not come back</param>
public sealed record SoakFigures(SoakPlan Plan, IReadOnlyList<SoakSample> Samples, long Unanswered, Conservation Books)
{
    /// <summary>Of the samples after the settling, this share at either end is compared.</summary>
    private const int Fifth = 5;

    private IReadOnlyList<SoakSample> Settled => [.. Samples.Where(sample => sample.Second - sample.Seconds >= Plan.Settling.TotalSeconds - 0.5)];

    public IReadOnlyList<SoakStretch> Lines => [.. Samples.Chunk(Plan.SamplesPerLine).Select(SoakStretch.Of)];

    public SoakStretch First => SoakStretch.Of([.. Settled.Take(Math.Max(1, Settled.Count / Fifth))]);

    public SoakStretch Last => SoakStretch.Of([.. Settled.TakeLast(Math.Max(1, Settled.Count / Fifth))]);

    /// <summary>The last fifth against the first, as shares of the first: 0.01 is one percent more.</summary>
    public SoakDrift Drift => new(
        More(end => end.PerSecond), More(end => end.Latency.P50), More(end => end.Latency.P99), More(end => end.Memory.Processor), More(end => end.Memory.Heap),
        More(end => end.Cost.Processor), More(end => end.Cost.Total));

    private double More(Func<SoakStretch, double> figure) => figure(First) is var first and not 0 ? figure(Last) / first - 1 : 0;
}

/// <summary>Shares.</summary>
/// <param name="Resident">of the processor</param>
/// <param name="Heap">of the processor</param>
/// <param name="ProcessorCpu">per action</param>
/// <param name="Cpu">per action, all processes</param>
public sealed record SoakDrift(double Throughput, double P50, double P99, double Resident, double Heap, double ProcessorCpu, double Cpu);
