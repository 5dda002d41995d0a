using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench http` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Requests">of each arm in each round, one action each</param>
/// <param name="Rounds">how often every arm runs</param>
/// <param name="Connections">kept alive, each with one request at a time</param>
/// <param name="Seconds">length of each open loop</param>
/// <param name="Mix">how the actions are spread over the hunts, one of <see cref="Mixes"/></param>
/// <param name="Arrivals">file whose gaps between arrivals the open loops follow; null: they are even</param>
public sealed record HttpPlan(int Requests, int Rounds, int Connections, int Seconds, string Mix, string? Arrivals, bool Json)
{
    public static IReadOnlyList<string> Mixes { get; } = ["zipf", "hot", "uniform"];

    public static Command Command(Func<HttpPlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var brief = new Option<bool>("--short") { Description = "one small round, open loops of 3 s: shows that it works, not how fast" };
        var requests = PipelinePlan.Number("--requests", "requests of an arm in a round", 1_000, 1_000_000);
        var rounds = PipelinePlan.Number("--rounds", "interleaved rounds of all arms", 1, 100);
        var connections = PipelinePlan.Number("--connections", "kept-alive connections", 1, 4_096);
        var seconds = PipelinePlan.Number("--seconds", "length of an open loop", 1, 3_600);
        var (mix, arrivals) = (MixOption(), ArrivalsOption());
        var json = BoxOptions.Json();
        return new HuntCommand(
            "http",
            "The HTTP door beside a bare Kestrel echo of the same requests: with the processors stopped, and with the whole pipeline working behind it.",
            "./hunt bench http --rounds 5",
            (parsed, cancel) =>
            {
                var small = parsed.GetValue(brief);
                return run(
                    new HttpPlan(
                        parsed.GetValue(requests) ?? (small ? 5_000 : 60_000), parsed.GetValue(rounds) ?? (small ? 1 : 5), parsed.GetValue(connections) ?? 512,
                        parsed.GetValue(seconds) ?? (small ? 3 : 10), parsed.GetValue(mix)!, parsed.GetValue(arrivals), parsed.GetValue(json)),
                    parsed, cancel);
            }) { requests, rounds, connections, seconds, mix, arrivals, brief, json };
    }

    internal static Option<string> MixOption()
    {
        var mix = new Option<string>("--mix") { Description = "how actions are spread over 400 hunts: zipf, hot (nine of ten to one hunt) or uniform", DefaultValueFactory = _ => "zipf" };
        mix.AcceptOnlyFromAmong([.. Mixes]);
        return mix;
    }

    internal static Option<string?> ArrivalsOption() => new("--arrivals")
    {
        Description = "file of recorded arrivals (first column: time) whose bursts the open loops follow, scaled to their rate; without it requests come evenly",
    };
}
