using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench views` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Parts">what to measure, in the order of <see cref="AllParts"/></param>
/// <param name="Short">shows that it works, not how fast</param>
public sealed record ViewsPlan(IReadOnlyList<string> Parts, bool Short, bool Json)
{
    public const string Board = "board", Feed = "feed";

    public static IReadOnlyList<string> AllParts { get; } = [Board, Feed];

    public static Command Command(Func<ViewsPlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var parts = new Argument<string[]>("PART") { Description = $"what to measure: {string.Join(", ", AllParts)}; without it all", Arity = ArgumentArity.ZeroOrMore };
        parts.AcceptOnlyFromAmong([.. AllParts]);
        var brief = new Option<bool>("--short") { Description = "small runs: shows that it works, not how fast" };
        var json = BoxOptions.Json();
        return new HuntCommand(
            "views",
            "How soon what is committed is seen: boards of 10 to 100,000 teams, and feeds with 2,000 clients, some of whom do not read.",
            "./hunt bench views board --short",
            (parsed, cancel) =>
            {
                var asked = parsed.GetValue(parts) ?? [];
                return run(
                    new ViewsPlan([.. AllParts.Where(part => asked.Length == 0 || asked.Contains(part))], parsed.GetValue(brief), parsed.GetValue(json)), parsed, cancel);
            }) { parts, brief, json };
    }
}
