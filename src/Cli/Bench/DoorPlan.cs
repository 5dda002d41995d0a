using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench http` and `hunt bench intake` are asked to do. The command lines are defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Requests">of each arm in each round, one action each</param>
/// <param name="Rounds">how often every arm runs</param>
/// <param name="Senders">kept-alive connections, each with one request at a time; or publishers, each with one message unconfirmed</param>
/// <param name="Seconds">length of each open loop</param>
/// <param name="Mix">how the actions are spread over the hunts, one of <see cref="Mixes"/></param>
/// <param name="Arrivals">file whose gaps between arrivals the open loops follow; null: they are even</param>
/// <param name="Prefetch">intake.prefetch meanwhile; null: as it comes</param>
public sealed record DoorPlan(int Requests, int Rounds, int Senders, int Seconds, string Mix, string? Arrivals, int? Prefetch, bool Json)
{
    /// <summary>Actions per second of the first open loop; null: 30 % of the closed loop.</summary>
    public int? Rate { get; init; }

    public static IReadOnlyList<string> Mixes { get; } = ["zipf", "hot", "uniform"];

    public static Command Http(Func<DoorPlan, ParseResult, CancellationToken, Task<ExitCode>> run) => Command(
        "http", "The HTTP door beside a bare Kestrel echo of the same requests: with the processors stopped, and with the whole pipeline working behind it.",
        PipelinePlan.Number("--connections", "kept-alive connections", 1, 4_096), prefetch: null, run);

    public static Command Intake(Func<DoorPlan, ParseResult, CancellationToken, Task<ExitCode>> run) => Command(
        "intake", "The AMQP door beside a bare queue of the same messages: with the processors stopped, and with the whole pipeline working behind it.",
        PipelinePlan.Number("--publishers", "publishers, each waiting for its confirm before its next message", 1, 4_096),
        PipelinePlan.Number("--prefetch", "intake.prefetch meanwhile (default: as it comes)", 1, 256), run);

    internal static Option<string> MixOption()
    {
        var mix = new Option<string>("--mix") { Description = "how actions are spread over the hunts: zipf, hot (nine of ten to one hunt) or uniform", DefaultValueFactory = _ => "zipf" };
        mix.AcceptOnlyFromAmong([.. Mixes]);
        return mix;
    }

    internal static Option<string?> ArrivalsOption() => new("--arrivals")
    {
        Description = "file of recorded arrivals (first column: time) whose bursts the open loops follow, scaled to their rate; without it requests come evenly",
    };

    private static HuntCommand Command(
        string name, string description, Option<int?> senders, Option<int?>? prefetch, Func<DoorPlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var brief = new Option<bool>("--short") { Description = "one small round, open loops of 3 s: shows that it works, not how fast" };
        var requests = PipelinePlan.Number("--requests", "requests of an arm in a round", 1_000, 1_000_000);
        var rounds = PipelinePlan.Number("--rounds", "interleaved rounds of all arms", 1, 100);
        var rate = PipelinePlan.Number("--rate", "actions per second of the first open loop (default: 30 % of the closed loop)", 1, 1_000_000);
        var seconds = PipelinePlan.Number("--seconds", "length of an open loop", 1, 3_600);
        var (mix, arrivals) = (MixOption(), ArrivalsOption());
        var json = BoxOptions.Json();
        var command = new HuntCommand(
            name, description, $"./hunt bench {name} --rounds 5",
            (parsed, cancel) =>
            {
                var small = parsed.GetValue(brief);
                return run(
                    new DoorPlan(
                        parsed.GetValue(requests) ?? (small ? 5_000 : 60_000), parsed.GetValue(rounds) ?? (small ? 1 : 5), parsed.GetValue(senders) ?? 512,
                        parsed.GetValue(seconds) ?? (small ? 3 : 10), parsed.GetValue(mix)!, parsed.GetValue(arrivals), prefetch is null ? null : parsed.GetValue(prefetch),
                        parsed.GetValue(json))
                    { Rate = parsed.GetValue(rate) },
                    parsed, cancel);
            }) { requests, rounds, rate, senders, seconds, mix, arrivals, brief, json };
        if (prefetch is not null) command.Add(prefetch);
        return command;
    }
}
