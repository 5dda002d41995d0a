using System.Text.Json;
using System.Text.Json.Serialization;

namespace TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

public enum QueueKind { Classic, Quorum }

/// <summary>Treasure is the narrowest stream a guess can be decided on; Team is what one would draw first.</summary>
public enum StreamPer { Team, Treasure }

/// <summary>Live folds the stream's events for every message; Inline keeps a document beside them, written in the same transaction.</summary>
public enum Aggregate { Live, Inline }

/// <summary>What one may choose about the idiomatic arm. `hunt bench pipeline --tune` tries all of <see cref="Candidates"/>.</summary>
/// <param name="Concurrency">ConcurrentMessageLimit: messages consumed at once</param>
/// <param name="Prefetch">messages the broker hands out ahead</param>
public sealed record IdiomaticTuning(QueueKind Queue, StreamPer Stream, Aggregate Aggregate, int Concurrency, int Prefetch)
{
    public const string Variable = "HUNT_BENCH_TUNING";

    /// <summary>The choice in force. Not yet confirmed by a recorded --tune run; see docs/benchmarks.md.</summary>
    public static IdiomaticTuning Fastest { get; } = new(QueueKind.Classic, StreamPer.Treasure, Aggregate.Live, Concurrency: 16, Prefetch: 64);

    public static IReadOnlyList<IdiomaticTuning> Candidates { get; } =
    [
        Fastest,
        Fastest with { Concurrency = 4, Prefetch = 16 },
        Fastest with { Concurrency = 8, Prefetch = 32 },
        Fastest with { Concurrency = 32, Prefetch = 128 },
        Fastest with { Concurrency = 64, Prefetch = 256 },
        Fastest with { Prefetch = 256 },
        Fastest with { Queue = QueueKind.Quorum },
        Fastest with { Aggregate = Aggregate.Inline },
        Fastest with { Stream = StreamPer.Team, Aggregate = Aggregate.Inline },
        Fastest with { Stream = StreamPer.Team },
    ];

    private static readonly JsonSerializerOptions Format = new() { Converters = { new JsonStringEnumConverter() } };

    public string ToJson() => JsonSerializer.Serialize(this, Format);

    public static IdiomaticTuning FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } json ? JsonSerializer.Deserialize<IdiomaticTuning>(json, Format)! : Fastest;

    public override string ToString() =>
        $"{Queue} queue, stream per {Stream}, {Aggregate} aggregate, concurrency {Concurrency}, prefetch {Prefetch}".ToLowerInvariant();
}
