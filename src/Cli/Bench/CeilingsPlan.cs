using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench ceilings` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Parts">what to measure, in the order of <see cref="AllParts"/></param>
/// <param name="Short">shows that it works, not how fast</param>
public sealed record CeilingsPlan(IReadOnlyList<string> Parts, bool Short, bool Json)
{
    public const string Lanes = "lanes", Broker = "broker", Append = "append", Http = "http", Code = "code";

    public static IReadOnlyList<string> AllParts { get; } = [Lanes, Broker, Append, Http, Code];

    public int Actions => Short ? 5_000 : 50_000;

    public static Command Command(Func<CeilingsPlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var parts = new Argument<string[]>("PART") { Description = $"what to measure: {string.Join(", ", AllParts)}; without it all", Arity = ArgumentArity.ZeroOrMore };
        parts.AcceptOnlyFromAmong([.. AllParts]);
        var brief = new Option<bool>("--short") { Description = "small runs: shows that it works, not how fast" };
        var json = BoxOptions.Json();
        return new HuntCommand(
            "ceilings",
            "What this machine can do at most: the broker without a store, the store without a broker, HTTP without either, the code alone.",
            "./hunt bench ceilings lanes broker append",
            (parsed, cancel) =>
            {
                var asked = parsed.GetValue(parts) ?? [];
                return run(
                    new CeilingsPlan([.. AllParts.Where(part => asked.Length == 0 || asked.Contains(part))], parsed.GetValue(brief), parsed.GetValue(json)), parsed, cancel);
            }) { parts, brief, json };
    }
}
