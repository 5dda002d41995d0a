using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench overload` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Seconds">length of each step of the search for the knee, and of each overload</param>
/// <param name="LaneDepth">ingress.laneDepth meanwhile, actions</param>
/// <param name="InFlight">ingress.inFlight meanwhile, requests</param>
/// <param name="Connections">kept alive, each with one request at a time</param>
/// <param name="Mix">how the actions are spread over the hunts, one of <see cref="DoorPlan.Mixes"/></param>
/// <param name="Arrivals">file whose gaps between arrivals are followed; null: they are even</param>
public sealed record OverloadPlan(int Seconds, int LaneDepth, int InFlight, int Connections, string Mix, string? Arrivals, bool Json)
{
    public static Command Command(Func<OverloadPlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var brief = new Option<bool>("--short") { Description = "steps of 2 s: shows that it works, not how well" };
        var seconds = PipelinePlan.Number("--seconds", "length of a step and of an overload", 1, 600);
        var depth = PipelinePlan.Number("--lane-depth", "ingress.laneDepth meanwhile: the waiting time that is allowed, times a lane's rate", 100, 1_000_000);
        var inFlight = PipelinePlan.Number("--in-flight", "ingress.inFlight meanwhile: the same for what is not yet taken in", 16, 100_000);
        var connections = PipelinePlan.Number("--connections", "kept-alive connections", 1, 4_096);
        var (mix, arrivals) = (DoorPlan.MixOption(), DoorPlan.ArrivalsOption());
        var json = BoxOptions.Json();
        return new HuntCommand(
            "overload",
            "Finds the most the engine takes through HTTP, then offers twice and five times that: what is still decided, how fast the rest is refused, and how soon it is over.",
            "./hunt bench overload --seconds 10",
            (parsed, cancel) => run(
                new OverloadPlan(
                    parsed.GetValue(seconds) ?? (parsed.GetValue(brief) ? 2 : 8), parsed.GetValue(depth) ?? 1_000, parsed.GetValue(inFlight) ?? 512, parsed.GetValue(connections) ?? 1_024,
                    parsed.GetValue(mix)!, parsed.GetValue(arrivals), parsed.GetValue(json)),
                parsed, cancel)) { seconds, depth, inFlight, connections, mix, arrivals, brief, json };
    }
}
