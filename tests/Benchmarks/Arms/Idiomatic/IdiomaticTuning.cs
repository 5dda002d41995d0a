using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

/// <summary>What one may choose about the idiomatic arm.</summary>
/// <param name="Concurrency">ConcurrentMessageLimit: messages consumed at once</param>
/// <param name="Prefetch">messages the broker hands out ahead</param>
public sealed record IdiomaticTuning(QueueKind Queue, StreamPer Stream, Aggregate Aggregate, int Concurrency, int Prefetch, int YoungMiB) : IRivalTuning
{
    private static readonly IdiomaticTuning Fastest = new(QueueKind.Classic, StreamPer.Treasure, Aggregate.Live, Concurrency: 16, Prefetch: 64, YoungMiB: 16);

    public static IReadOnlyList<IdiomaticTuning> Candidates { get; } =
    [
        Fastest,
        Fastest with { Concurrency = 4, Prefetch = 16 },
        Fastest with { Concurrency = 8, Prefetch = 32 },
        Fastest with { Concurrency = 32, Prefetch = 128 },
        Fastest with { Concurrency = 64, Prefetch = 256 },
        Fastest with { Prefetch = 256 },
        Fastest with { YoungMiB = 64 },
        Fastest with { Queue = QueueKind.Quorum },
        Fastest with { Aggregate = Aggregate.Inline },
        Fastest with { Stream = StreamPer.Team, Aggregate = Aggregate.Inline },
        Fastest with { Stream = StreamPer.Team },
    ];

    public override string ToString() =>
        $"{Queue} queue, stream per {Stream}, {Aggregate} aggregate, concurrency {Concurrency}, prefetch {Prefetch}, ".ToLowerInvariant() + IRivalTuning.Shown(YoungMiB);
}
