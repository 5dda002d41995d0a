using System.CommandLine;
using System.CommandLine.Parsing;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench pipeline` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Actions">sent in each closed loop, after the warm-up</param>
/// <param name="WarmUp">actions sent before, not measured</param>
/// <param name="Hunts">hunts the actions are spread over, as <see cref="Mix"/> says</param>
/// <param name="Rounds">how often every arm runs</param>
/// <param name="Rate">actions per second of the first open loop; null: 30 % of the arm's own closed loop</param>
/// <param name="Seconds">length of each open loop; 0: none</param>
/// <param name="Require">least median ratio of the lanes to the idiomatic arm that passes; null: any</param>
/// <param name="Only">no rounds: one run of the arm of this name, to look into it</param>
/// <param name="Views">all arms fold the analysts' tables beside their work</param>
/// <param name="Tune">no rounds: try settings of the rivals among the arms and show which are fastest</param>
public sealed record PipelinePlan(int Actions, int WarmUp, int Hunts, int Rounds, int? Rate, int Seconds, double? Require, string? Only, bool Views, bool Tune, bool Json)
{
    /// <summary>More would make the seed the longest part of a run.</summary>
    public const int MostTeams = 100_000;

    private const int UsualHunts = 400, UsualTeams = 10;

    /// <summary>Of each hunt.</summary>
    public int Teams { get; init; } = UsualTeams;

    /// <summary>How the actions are spread over the hunts, one of <see cref="DoorPlan.Mixes"/>.</summary>
    public string Mix { get; init; } = DoorPlan.Mixes[0];

    /// <summary>File whose gaps between arrivals the open loops follow; null: they are even.</summary>
    public string? Arrivals { get; init; }

    /// <summary>Of every round; the lanes first.</summary>
    public IReadOnlyList<string> Arms { get; init; } = BenchArms.Default;

    /// <summary>Actions of a rival's closed loop, and at most as many to warm it up; null: as many as the lanes'. Rates are compared, not times.</summary>
    public int? RivalActions { get; init; }

    /// <summary>Actions of an arm's closed loop, and before it.</summary>
    public (int Actions, int WarmUp) ActionsOf(string arm) =>
        BenchArms.IsRival(arm) && RivalActions is { } fewer ? (fewer, Math.Min(fewer, WarmUp)) : (Actions, WarmUp);

    /// <summary>Does this arm run, be it once?</summary>
    public bool Runs(string arm) => Only is { } only ? only == arm : Arms.Contains(arm);

    public static Command Command(Func<PipelinePlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var brief = new Option<bool>("--short") { Description = "one round, 5,000 actions, open loops of 3 s: shows that it works, not how fast" };
        var arms = new Option<string>("--arms")
        {
            Description = $"arms of a round beside the lanes, separated by commas: {string.Join(", ", BenchArms.All)}; `lanes,lanes` shows the noise",
            DefaultValueFactory = _ => string.Join(',', BenchArms.Default),
        };
        arms.Validators.Add(result =>
        {
            try
            {
                BenchArms.Parse(result.GetValueOrDefault<string>()!);
            }
            catch (FormatException wrong)
            {
                result.AddError(wrong.Message);
            }
        });
        var actions = Number("--actions", "actions of a closed loop", 1_000, 5_000_000);
        var rivalActions = Number("--rival-actions", "the same for idiomatic, batch and by-hand (default: as many): slow arms need not take all day", 1_000, 5_000_000);
        var hunts = Number("--hunts", $"hunts (default: {UsualHunts})", 1, 10_000);
        var teams = Number("--teams", $"teams of each hunt (default: {UsualTeams})", 1, 1_000);
        teams.Validators.Add(result =>
        {
            if (Asked(result, hunts, UsualHunts) * Asked(result, teams, UsualTeams) is var all and > MostTeams)
                result.AddError($"--hunts times --teams is {all:#,0} teams; {MostTeams:#,0} is the most.");
        });
        var (mix, arrivals) = (DoorPlan.MixOption(), DoorPlan.ArrivalsOption());
        var rounds = Number("--pairs", "interleaved rounds of all arms", 1, 100);
        rounds.Aliases.Add("--rounds");
        var rate = Number("--rate", "actions per second of the first open loop (default: 30 % of the arm's closed loop)", 1, 1_000_000);
        var seconds = Number("--seconds", "length of an open loop; 0: no open loops", 0, 3_600);
        var require = new Option<double?>("--require") { Description = "fail unless the lanes do at least this many times the idiomatic arm's actions" };
        require.Validators.Add(result =>
        {
            if (!BenchArms.Parse(result.GetValue(arms)!).Contains(BenchArms.Idiomatic)) result.AddError("--require is about the idiomatic arm: name it in --arms.");
        });
        var only = new Option<string?>("--only") { Description = "instead: one run of this arm alone" };
        only.AcceptOnlyFromAmong([.. BenchArms.All]);
        var noViews = new Option<bool>("--no-views") { Description = "no arm folds the analysts' tables: published to committed, nothing else" };
        var tune = new Option<bool>("--tune") { Description = "instead: try settings of the rivals in --arms, to keep the fastest" };
        var json = BoxOptions.Json();
        return new HuntCommand(
            "pipeline",
            "Our pipeline beside others that do the same work: an idiomatic one (a consumer per message, FetchForWriting, save), batches, by hand.",
            "./hunt bench pipeline --pairs 5 --require 15",
            (parsed, cancel) =>
            {
                var small = parsed.GetValue(brief);
                var count = parsed.GetValue(actions) ?? (small ? 5_000 : 50_000);
                return run(
                    new PipelinePlan(
                        count, WarmUp: Math.Min(count, small ? 2_000 : 30_000), parsed.GetValue(hunts) ?? UsualHunts, parsed.GetValue(rounds) ?? (small ? 1 : 5),
                        parsed.GetValue(rate), parsed.GetValue(seconds) ?? (small ? 3 : 20), parsed.GetValue(require), parsed.GetValue(only), Views: !parsed.GetValue(noViews), parsed.GetValue(tune),
                        parsed.GetValue(json))
                    { Teams = parsed.GetValue(teams) ?? UsualTeams, Mix = parsed.GetValue(mix)!, Arrivals = parsed.GetValue(arrivals), Arms = BenchArms.Parse(parsed.GetValue(arms)!), RivalActions = parsed.GetValue(rivalActions) },
                    parsed, cancel);
            }) { arms, actions, rivalActions, hunts, teams, mix, rounds, rate, seconds, arrivals, brief, require, noViews, only, tune, json };
    }

    /// <summary>0 where it is no number: that is said of the option itself.</summary>
    private static long Asked(SymbolResult of, Option<int?> option, int otherwise) =>
        of.GetResult(option) is not { Tokens.Count: > 0 } given ? otherwise : int.TryParse(given.Tokens[0].Value, out var value) ? value : 0;

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
