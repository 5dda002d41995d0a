using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench settings` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Parts">what to measure, in the order of <see cref="AllParts"/></param>
/// <param name="Short">shows that it works, not how fast</param>
public sealed record SettingsPlan(IReadOnlyList<string> Parts, bool Short, bool Json)
{
    public const string Read = "read", Spread = "spread", Load = "load", Storm = "storm", Constants = "constants", Away = "away", Return = "return", HandOver = "handover", Past = "past";

    public static IReadOnlyList<string> AllParts { get; } = [Read, Spread, Load, Storm, Constants, Away, Return, HandOver, Past];

    public static Command Command(Func<SettingsPlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var parts = new Argument<string[]>("PART") { Description = $"what to measure: {string.Join(", ", AllParts)}; without it all", Arity = ArgumentArity.ZeroOrMore };
        parts.AcceptOnlyFromAmong([.. AllParts]);
        var brief = new Option<bool>("--short") { Description = "small runs: shows that it works, not how fast" };
        var json = BoxOptions.Json();
        return new HuntCommand(
            "settings",
            "What reading, changing and losing settings costs: reads in ns, spread over 50 processes, changes under load, ConfigService away, the past.",
            "./hunt bench settings read spread",
            (parsed, cancel) =>
            {
                var asked = parsed.GetValue(parts) ?? [];
                return run(
                    new SettingsPlan([.. AllParts.Where(part => asked.Length == 0 || asked.Contains(part))], parsed.GetValue(brief), parsed.GetValue(json)), parsed, cancel);
            }) { parts, brief, json };
    }
}
