using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.ByHand;

/// <summary>Read asks for a stream's events for every message; Kept keeps what was read in memory and trusts the expected version to find out.</summary>
public enum TeamState { Read, Kept }

/// <summary>What one may choose about the arm written by hand.</summary>
/// <param name="Concurrency">messages consumed at once: the channel's dispatch concurrency</param>
/// <param name="Prefetch">messages the broker hands out ahead</param>
public sealed record ByHandTuning(QueueKind Queue, TeamState State, int Concurrency, int Prefetch, int YoungMiB) : IRivalTuning
{
    private static readonly ByHandTuning Fastest = new(QueueKind.Classic, TeamState.Kept, Concurrency: 16, Prefetch: 128, YoungMiB: 16);

    public static IReadOnlyList<ByHandTuning> Candidates { get; } =
    [
        Fastest,
        Fastest with { Concurrency = 4, Prefetch = 32 },
        Fastest with { Concurrency = 8, Prefetch = 64 },
        Fastest with { Concurrency = 32, Prefetch = 256 },
        Fastest with { State = TeamState.Read },
        Fastest with { State = TeamState.Read, Concurrency = 8, Prefetch = 64 },
        Fastest with { YoungMiB = 64 },
        Fastest with { Queue = QueueKind.Quorum },
    ];

    public override string ToString() => $"{Queue} queue, state {State}, concurrency {Concurrency}, prefetch {Prefetch}, ".ToLowerInvariant() + IRivalTuning.Shown(YoungMiB);
}
