using System.CommandLine;
using System.CommandLine.Parsing;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench claims` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Arms">how settings are got, in the order they are measured</param>
/// <param name="Conditions">what the central service goes through meanwhile</param>
/// <param name="Again">measure also what was measured at this commit</param>
/// <param name="Short">shows that it works, not how fast</param>
public sealed record ClaimsPlan(IReadOnlyList<string> Arms, IReadOnlyList<string> Conditions, bool Again, bool Short, bool Json)
{
    public const string StorePerAction = "A0", ServicePerAction = "A1", ServiceCached = "A2", ServicePerBatch = "A3", Ours = "B", OursAgain = "B2", Constants = "Z";

    public const string Healthy = "healthy", Slow = "slow", Failing = "failing", Away = "away", Changing = "changing";

    /// <summary>A1 first: its knee sets the rate at which all are compared. The last three in a row, so that what drifts does so for Z between two runs of ours.</summary>
    public static IReadOnlyList<string> AllArms { get; } = [ServicePerAction, StorePerAction, ServiceCached, ServicePerBatch, Ours, Constants, OursAgain];

    public static IReadOnlyList<string> AllConditions { get; } = [Healthy, Slow, Failing, Away, Changing];

    /// <summary>Cells of the table, in the order they are measured. Constants ask nobody, and the second run of ours is there for the noise: both once.</summary>
    public IEnumerable<(string Arm, string Condition)> Cells =>
        Conditions.SelectMany(condition => Arms.Where(arm => condition == Healthy || arm is not (Constants or OursAgain)).Select(arm => (arm, condition)));

    public static Command Command(Func<ClaimsPlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var arms = Some("--arms", AllArms, "A0 the store asked per action, A1 a service over HTTP per action, A2 the same cached for 1 s, A3 asked per batch, B ours, B2 ours again, Z constants");
        var conditions = Some("--conditions", AllConditions, "what the central service goes through");
        var again = new Option<bool>("--again") { Description = "measure also what was measured at this commit" };
        var brief = new Option<bool>("--short") { Description = "one pass of a few seconds a cell: shows that it works, not how fast" };
        var json = BoxOptions.Json();
        return new HuntCommand(
            "claims",
            "Settings got from a central place on the path of an action, and from a local snapshot: traffic, latency, throughput and memory of the same processor.",
            "./hunt bench claims --arms A1,B --conditions healthy,away",
            (parsed, cancel) => run(
                new ClaimsPlan(parsed.GetValue(arms) ?? AllArms, parsed.GetValue(conditions) ?? AllConditions, parsed.GetValue(again), parsed.GetValue(brief), parsed.GetValue(json)),
                parsed, cancel)) { arms, conditions, again, brief, json };
    }

    /// <summary>Some of a list, with commas between them; kept in the list's order.</summary>
    private static Option<IReadOnlyList<string>?> Some(string name, IReadOnlyList<string> all, string description) => new(name)
    {
        Description = $"{description}; some of {string.Join(',', all)} (default: all)",
        CustomParser = result => Parse(result, name, all),
    };

    private static IReadOnlyList<string> Parse(ArgumentResult result, string name, IReadOnlyList<string> all)
    {
        var asked = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var unknown = asked.Except(all).ToList();
        if (unknown.Count > 0 || asked.Length == 0) result.AddError($"{name} takes some of {string.Join(',', all)}, not \"{string.Join(',', unknown)}\".");
        return [.. all.Where(asked.Contains)];
    }
}
