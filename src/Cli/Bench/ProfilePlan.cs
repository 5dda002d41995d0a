using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench profile` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Update">write what is measured to tests/Benchmarks/profile.json instead of comparing it with that</param>
public sealed record ProfilePlan(bool Update, bool Json)
{
    public static Command Command(Func<ProfilePlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var update = new Option<bool>("--update") { Description = "keep what is measured as the figures to compare with" };
        var json = BoxOptions.Json();
        return new HuntCommand(
            "profile",
            "A small fixed load, to see in CI when an action has become dearer: bytes against the figure checked in, CPU of all processes relative to the idiomatic arm's.",
            "./hunt bench profile",
            (parsed, cancel) => run(new ProfilePlan(parsed.GetValue(update), parsed.GetValue(json)), parsed, cancel)) { update, json };
    }
}
