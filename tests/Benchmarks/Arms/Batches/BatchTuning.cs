using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.Batches;

/// <summary>What one may choose about the batch arm.</summary>
/// <param name="Limit">messages of a batch at most</param>
/// <param name="Concurrency">batches at once</param>
/// <param name="WaitMs">milliseconds a batch waits for more from its first message on</param>
public sealed record BatchTuning(QueueKind Queue, StreamPer Stream, int Limit, int Concurrency, int WaitMs, int YoungMiB) : IRivalTuning
{
    private static readonly BatchTuning Fastest = new(QueueKind.Classic, StreamPer.Treasure, Limit: 1_000, Concurrency: 1, WaitMs: 50, YoungMiB: 16);

    public static IReadOnlyList<BatchTuning> Candidates { get; } =
    [
        Fastest,
        Fastest with { Limit = 500 },
        Fastest with { Limit = 2_000 },
        Fastest with { Concurrency = 2 },
        Fastest with { WaitMs = 10 },
        Fastest with { WaitMs = 200 },
        Fastest with { YoungMiB = 64 },
        Fastest with { Queue = QueueKind.Quorum },
        Fastest with { Stream = StreamPer.Team, Limit = 250 },
    ];

    /// <summary>All batches at once and the next one: with less no batch would fill, and each would wait out its time.</summary>
    public int Prefetch => Limit * (Concurrency + 1);

    public override string ToString() =>
        $"{Queue} queue, stream per {Stream}, batches of {Limit}, {Concurrency} at once, prefetch {Prefetch}, waiting {WaitMs} ms, ".ToLowerInvariant() + IRivalTuning.Shown(YoungMiB);
}
