using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Bench;

/// <summary>What `hunt bench soak` is asked to do. The command line is defined here once, for us and for the benchmarks' own process.</summary>
/// <param name="Rate">actions per second</param>
/// <param name="Length">how long they come</param>
/// <param name="Settling">from the start; not compared with the end</param>
/// <param name="Every">between two samples</param>
/// <param name="SamplesPerLine">of the table</param>
/// <param name="ActionsPerWave">after so many actions other hunts are played</param>
/// <param name="HuntsPerWave">played at a time, by Zipf's law</param>
/// <param name="Rounds">of the large store beside an empty one</param>
/// <param name="Appended">actions of a closed loop in such a round, at most a wave</param>
/// <param name="WarmUp">actions before it, at most a wave</param>
/// <param name="Views">the processor folds the analysts' tables during the soak</param>
public sealed record SoakPlan(
    int Rate, TimeSpan Length, TimeSpan Settling, TimeSpan Every, int SamplesPerLine, int ActionsPerWave, int HuntsPerWave, int Rounds, int Appended, int WarmUp, bool Views, bool Json)
{
    private const int MostLines = 30;

    /// <summary>Actions of the soak.</summary>
    public int Actions => (int)(Rate * Length.TotalSeconds);

    /// <summary>Waves of the soak; those of the rounds follow, two a round: one to warm up, one to measure.</summary>
    public int SoakWaves => (Actions + ActionsPerWave - 1) / ActionsPerWave;

    public int Hunts => (SoakWaves + 2 * Rounds) * HuntsPerWave;

    public static Command Command(Func<SoakPlan, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var rate = PipelinePlan.Number("--rate", "actions per second (default: 5,500)", 1, 100_000);
        var minutes = PipelinePlan.Number("--minutes", "how long they come (default: 30)", 3, 300);
        var views = new Option<bool>("--views") { Description = "the processor folds the analysts' tables meanwhile" };
        var brief = new Option<bool>("--short") { Description = "20 s of 1,000 actions a second, one small round: shows that it works, not how well" };
        brief.Validators.Add(result =>
        {
            if (result.GetValue(brief) && result.GetValue(minutes) is not null) result.AddError("--short has a length of its own: leave out --minutes.");
        });
        var json = BoxOptions.Json();
        return new HuntCommand(
            "soak",
            "A long time at one rate: does anything grow or slow down? Then the store that it filled beside an empty one: appends, cold start, the views from zero.",
            "./hunt bench soak --rate 5500 --minutes 30",
            (parsed, cancel) => run(
                parsed.GetValue(brief)
                    ? Brief(parsed.GetValue(rate) ?? 1_000, parsed.GetValue(views), parsed.GetValue(json))
                    : Full(parsed.GetValue(rate) ?? 5_500, parsed.GetValue(minutes) ?? 30, parsed.GetValue(views), parsed.GetValue(json)),
                parsed, cancel)) { rate, minutes, views, brief, json };
    }

    private static SoakPlan Full(int rate, int minutes, bool views, bool json)
    {
        const int SamplesPerMinute = 6;
        return new SoakPlan(
            rate, TimeSpan.FromMinutes(minutes), Settling: TimeSpan.FromMinutes(1), Every: TimeSpan.FromMinutes(1) / SamplesPerMinute,
            SamplesPerMinute * ((minutes + MostLines - 1) / MostLines), ActionsPerWave: 100_000, HuntsPerWave: 200, Rounds: 2, Appended: 100_000, WarmUp: 30_000, views, json);
    }

    private static SoakPlan Brief(int rate, bool views, bool json) => new(
        rate, TimeSpan.FromSeconds(20), Settling: TimeSpan.FromSeconds(4), Every: TimeSpan.FromSeconds(2), SamplesPerLine: 1,
        ActionsPerWave: 5_000, HuntsPerWave: 20, Rounds: 1, Appended: 5_000, WarmUp: 2_000, views, json);
}
