using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench recovery` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Actions">of the one hunt, before it is measured</param>
/// <param name="Rounds">starts of each kind</param>
public sealed record RecoveryPlan(int Actions, int Rounds, bool Json)
{
    public static Command Command(Func<RecoveryPlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var actions = PipelinePlan.Number("--actions", "actions of the one hunt (default: 1,000,000)", 10_000, 10_000_000);
        var brief = new Option<bool>("--short") { Description = "20,000 actions, one round: shows that it works, not how fast" };
        brief.Validators.Add(result =>
        {
            if (result.GetValue(brief) && result.GetValue(actions) is not null) result.AddError("--short has a number of its own: leave out --actions.");
        });
        var json = BoxOptions.Json();
        return new HuntCommand(
            "recovery",
            "A hunt of a million events: how soon it is played again after kill -9, and how fast boards and the analysts' tables are made anew.",
            "./hunt bench recovery --short",
            (parsed, cancel) => run(
                parsed.GetValue(brief) ? new RecoveryPlan(20_000, 1, parsed.GetValue(json)) : new RecoveryPlan(parsed.GetValue(actions) ?? 1_000_000, 5, parsed.GetValue(json)),
                parsed, cancel)) { actions, brief, json };
    }
}
