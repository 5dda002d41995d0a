using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Soak;

/// <summary>The figures as text.</summary>
public static class SoakTables
{
    public static string Progress(SoakStretch line) =>
        $"{line.Until,6:0} s: {line.PerSecond:#,0} actions/s, p50 {Number(line.Latency.P50)}, p99 {Number(line.Latency.P99)} ms, processor {line.Memory.Processor:0} MB, store {line.StoreBytes / 1e9:0.00} GB";

    public static IEnumerable<(string, string[], IReadOnlyList<string[]>)> Of(SoakResult result)
    {
        var soak = result.Soak;
        if (soak.Samples.Count > 0)
        {
            yield return Drift(soak);
            yield return Lines(soak);
        }
        if (result.Store is not { } store) yield break;
        yield return Rounds(store);
        yield return (
            "The analysts' tables from zero: by the daemon of a processor with nothing else to do (its start included), then by hunt views rebuild", ["by", "events", "rows", "seconds", "events per second", "store GB"],
            [
                ["daemon", $"{store.Views.Events:#,0}", $"{store.Views.Rows:#,0}", Number(store.Views.Seconds), Number(store.Views.PerSecond), $"{store.Views.StoreBytes / 1e9:0.00}"],
                ["rebuild", $"{store.Views.Events:#,0}", $"{store.Views.Rebuilt:#,0}", Number(store.Views.RebuildSeconds), Number(store.Views.Rebuilt / store.Views.RebuildSeconds), ""],
            ]);
    }

    private static (string, string[], IReadOnlyList<string[]>) Drift(SoakFigures soak)
    {
        var (first, last, drift) = (soak.First, soak.Last, soak.Drift);
        return ($"Drift: the last fifth against the first, after {soak.Plan.Settling.TotalSeconds:0} s", ["what", "first fifth", "last fifth", "drift"],
        [
            ["committed actions/s", Number(first.PerSecond), Number(last.PerSecond), Percent(drift.Throughput)],
            ["p50 ms", Number(first.Latency.P50), Number(last.Latency.P50), Percent(drift.P50)],
            ["p99 ms", Number(first.Latency.P99), Number(last.Latency.P99), Percent(drift.P99)],
            ["processor resident MB", Number(first.Memory.Processor), Number(last.Memory.Processor), Percent(drift.Resident)],
            ["of that managed heap MB", Number(first.Memory.Heap), Number(last.Memory.Heap), Percent(drift.Heap)],
            ["processor CPU µs per action", Number(first.Cost.Processor), Number(last.Cost.Processor), Percent(drift.ProcessorCpu)],
            ["all CPU µs per action", Number(first.Cost.Total), Number(last.Cost.Total), Percent(drift.Cpu)],
        ]);
    }

    private static (string, string[], IReadOnlyList<string[]>) Lines(SoakFigures soak) => (
        "Along the way: ms from the scheduled time to the outcome, memory, CPU per action",
        [
            "until s", "actions/s", "p50", "p99", "waiting", "generator late p99.9", "processor MB", "heap MB", "generator MB", "PostgreSQL MB", "broker MB", "processor µs", "PostgreSQL µs",
            "broker µs", "generator µs", "store GB",
        ],
        [
            .. soak.Lines.Select(line => new[]
            {
                $"{line.Until:0}", Number(line.PerSecond), Number(line.Latency.P50), Number(line.Latency.P99), $"{line.Waiting:#,0}", Number(line.LateP999), Number(line.Memory.Processor),
                Number(line.Memory.Heap), Number(line.Memory.Generator), OrNone(line.Memory.Postgres), OrNone(line.Memory.Broker), Number(line.Cost.Processor), OrNone(line.Cost.Postgres),
                OrNone(line.Cost.Broker), Number(line.Cost.Generator), $"{line.StoreBytes / 1e9:0.00}",
            }),
        ]);

    private static (string, string[], IReadOnlyList<string[]>) Rounds(LargeStoreFigures store) => (
        "The full store beside an empty one: a cold start, then appends as fast as they go",
        ["round", "store", "ready ms", "first action of an old hunt ms", "together", "appends/s", "of the empty store's", "CPU µs per action", "of that PostgreSQL", "WAL B", "fixed work ms"],
        [
            .. store.Rounds.SelectMany((round, i) => new[] { Row(i, "empty", round.Empty, ""), Row(i, "full", round.Full, $"{round.Ratio:0.00}") }),
        ]);

    private static string[] Row(int round, string store, StoreRun run, string ratio) =>
    [
        $"{round + 1}", store, Number(run.ReadyMs), Number(run.FirstMs), Number(run.ReadyMs + run.FirstMs), Number(run.PerSecond), ratio, Number(run.Cost.Total),
        OrNone(run.Cost.Postgres), Number(run.Cost.WalBytes), Number(run.CalibrationMs),
    ];

    private static string OrNone(double? figure) => figure is { } value ? Number(value) : "";
}
