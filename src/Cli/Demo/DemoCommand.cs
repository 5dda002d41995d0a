using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Demo;

/// <param name="ContestFolder">null: play the sample hunt</param>
/// <param name="Speed">contest seconds a second; null: so that the replay takes half a minute</param>
internal sealed record DemoOptions(string? ContestFolder, double? Speed, int Players, int Seconds, int Seed, bool Keep, bool Json);

/// <summary>hunt demo: everything from nothing, played before your eyes.</summary>
public static class DemoCommand
{
    public static Command Create()
    {
        var contest = new Option<string?>("--contest") { Description = "replay a recorded programming contest from this folder instead, and compare its result", HelpName = "folder" };
        var speed = new Option<double?>("--speed") { Description = "contest seconds a second; without it the replay takes 30 s" };
        var players = new Option<int>("--players") { Description = "simulated players, 3 to 1000", DefaultValueFactory = _ => 300 };
        var seconds = new Option<int>("--seconds") { Description = "how long they play, 20 to 600", DefaultValueFactory = _ => 75 };
        var seed = new Option<int>("--seed") { Description = "another seed, other players", DefaultValueFactory = _ => 1 };
        var keep = new Option<bool>("--keep") { Description = $"leave it running, as the box '{DemoStage.KeptName}'" };
        var json = BoxOptions.Json();
        Within(speed, 0.1, 1_000_000);
        Within(players, 3, 1000);
        Within(seconds, 20, 600);
        return new HuntCommand("demo", "Starts everything, plays a hunt with simulated players, kills a processor on the way, and checks the books.",
            "./hunt demo --contest ../shared/data/icpc-world-finals-48",
            (parsed, cancel) => RunAsync(
                new DemoOptions(parsed.GetValue(contest), parsed.GetValue(speed), parsed.GetValue(players), parsed.GetValue(seconds), parsed.GetValue(seed), parsed.GetValue(keep), parsed.GetValue(json)),
                cancel)) { contest, speed, players, seconds, seed, keep, json };
    }

    private static async Task<ExitCode> RunAsync(DemoOptions options, CancellationToken cancel)
    {
        if (options.ContestFolder is { } folder)
        {
            var contest = await ContestDemo.ReadAsync(folder, cancel);
            await using var ready = await DemoStage.UpAsync(options.Keep, cancel);
            return await new ContestDemo(ready, options, contest).RunAsync(cancel);
        }
        var hunt = HuntDemo.Sample();
        await using var stage = await DemoStage.UpAsync(options.Keep, cancel);
        return await new HuntDemo(stage, options).RunAsync(hunt, cancel);
    }

    private static void Within<T>(Option<T> option, double least, double most) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<T>() is { } value && Convert.ToDouble(value) is var number && (number < least || number > most))
            result.AddError($"{option.Name} is a number from {least:0.#} to {most:0}.");
    });
}
