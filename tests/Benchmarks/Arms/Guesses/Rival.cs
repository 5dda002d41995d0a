using System.Text.Json;
using System.Text.Json.Serialization;
using TreasureHunt.Cli.Bench;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.Tests.Benchmarks.Arms.Batches;
using TreasureHunt.Tests.Benchmarks.Arms.ByHand;
using TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>Another way to do the same work, by one message per action: how its process is started and its messages are sent.</summary>
/// <param name="Candidates">what one may choose about it, the choice in force first; `hunt bench pipeline --tune` tries all</param>
/// <param name="OpenAsync">how its messages leave this process; told the ids of the actions whose answer has come</param>
public sealed record Rival(string Name, string Argument, IReadOnlyList<IRivalTuning> Candidates, Func<HuntOptions, Action<Guid>, CancellationToken, Task<IGuessDoor>> OpenAsync)
{
    /// <summary>Carries the tuning to the rival's process.</summary>
    public const string Variable = "HUNT_BENCH_TUNING";

    public static IReadOnlyList<Rival> All { get; } =
    [
        new(BenchArms.Idiomatic, IdiomaticHost.Argument, IdiomaticTuning.Candidates, BusDoor.OpenAsync),
        new(BenchArms.Batch, BatchHost.Argument, BatchTuning.Candidates, BusDoor.OpenAsync),
        new(BenchArms.ByHand, ByHandHost.Argument, ByHandTuning.Candidates, ClientDoor.OpenAsync),
    ];

    private static readonly JsonSerializerOptions Format = new() { Converters = { new JsonStringEnumConverter() } };

    public IRivalTuning Fastest => Candidates[0];

    public static string ToJson(IRivalTuning tuning) => JsonSerializer.Serialize(tuning, tuning.GetType(), Format);

    public static T Tuning<T>() => JsonSerializer.Deserialize<T>(
        Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException($"{Variable} is not set: this process is started by `hunt bench pipeline`."), Format)!;
}

/// <summary>How a rival's messages leave the load generator: the way its author would send them.</summary>
public interface IGuessDoor : IAsyncDisposable
{
    /// <summary>Ends with the broker's confirm.</summary>
    Task SendAsync(JudgeGuess guess);
}
