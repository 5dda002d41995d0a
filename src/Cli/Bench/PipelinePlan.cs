using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench pipeline` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Actions">sent in each closed loop, after the warm-up</param>
/// <param name="WarmUp">actions sent before, not measured</param>
/// <param name="Hunts">hunts the actions are spread over, by Zipf's law</param>
/// <param name="Pairs">how often both arms run</param>
/// <param name="Rate">actions per second of the first open loop; null: 30 % of the arm's own closed loop</param>
/// <param name="Seconds">length of each open loop</param>
/// <param name="Require">least ratio of the medians that passes; null: any</param>
/// <param name="Only">no pairs: one run of the arm of this name, to look into it</param>
/// <param name="Views">both arms fold the analysts' tables beside their work</param>
/// <param name="Tune">no pairs: try settings of the idiomatic arm and show which is fastest</param>
public sealed record PipelinePlan(int Actions, int WarmUp, int Hunts, int Pairs, int? Rate, int Seconds, double? Require, string? Only, bool Views, bool Tune, bool Json)
{
    public static Command Command(Func<PipelinePlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var brief = new Option<bool>("--short") { Description = "one pair, 5,000 actions, open loops of 3 s: shows that it works, not how fast" };
        var actions = Number("--actions", "actions of a closed loop", 1_000, 5_000_000);
        var hunts = Number("--hunts", "hunts, by Zipf's law", 1, 10_000);
        var pairs = Number("--pairs", "interleaved pairs of both arms", 1, 100);
        var rate = Number("--rate", "actions per second of the first open loop (default: 30 % of the arm's closed loop)", 1, 1_000_000);
        var seconds = Number("--seconds", "length of an open loop", 1, 3_600);
        var require = new Option<double?>("--require") { Description = "fail unless the lanes do at least this many times the idiomatic arm's actions" };
        var only = new Option<string?>("--only") { Description = "instead: one run of this arm alone" };
        only.AcceptOnlyFromAmong("lanes", "idiomatic");
        var noViews = new Option<bool>("--no-views") { Description = "neither arm folds the analysts' tables: published to committed, nothing else" };
        var tune = new Option<bool>("--tune") { Description = "instead: try settings of the idiomatic arm, to keep the fastest" };
        var json = BoxOptions.Json();
        return new HuntCommand(
            "pipeline",
            "Our pipeline beside an idiomatic one (a consumer per message, FetchForWriting, save) on the same actions.",
            "./hunt bench pipeline --pairs 5 --require 15",
            (parsed, cancel) =>
            {
                var small = parsed.GetValue(brief);
                var count = parsed.GetValue(actions) ?? (small ? 5_000 : 50_000);
                return run(
                    new PipelinePlan(
                        count, WarmUp: Math.Min(count, small ? 2_000 : 30_000), parsed.GetValue(hunts) ?? 400, parsed.GetValue(pairs) ?? (small ? 1 : 5),
                        parsed.GetValue(rate), parsed.GetValue(seconds) ?? (small ? 3 : 20), parsed.GetValue(require), parsed.GetValue(only), Views: !parsed.GetValue(noViews), parsed.GetValue(tune),
                        parsed.GetValue(json)),
                    parsed, cancel);
            }) { actions, hunts, pairs, rate, seconds, brief, require, noViews, only, tune, json };
    }

    internal static Option<int?> Number(string name, string description, int least, int most)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && (value < least || value > most))
                result.AddError($"{name} is a whole number from {least} to {most}.");
        });
        return option;
    }
}
