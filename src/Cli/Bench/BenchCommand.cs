using System.CommandLine;
using System.Diagnostics;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;
using TreasureHunt.Cli.Tests;

namespace TreasureHunt.Cli.Bench;

/// <summary>hunt bench NAME: builds tests/Benchmarks and hands over to it, options and all. The benchmarks make their own box.</summary>
public static class BenchCommand
{
    public static Command Create() => new HuntCommand(
        "bench", "Measures the engine on servers of its own; every run checks that nothing was lost or doubled.", "./hunt bench pipeline --short")
    {
        PipelinePlan.Command((_, parsed, cancel) => RunAsync("pipeline", parsed, cancel)),
        CeilingsPlan.Command((_, parsed, cancel) => RunAsync("ceilings", parsed, cancel)),
        DoorPlan.Http((_, parsed, cancel) => RunAsync("http", parsed, cancel)),
        DoorPlan.Intake((_, parsed, cancel) => RunAsync("intake", parsed, cancel)),
        OverloadPlan.Command((_, parsed, cancel) => RunAsync("overload", parsed, cancel)),
        ClaimsPlan.Command((_, parsed, cancel) => RunAsync("claims", parsed, cancel)),
        ViewsPlan.Command((_, parsed, cancel) => RunAsync("views", parsed, cancel)),
        ProfilePlan.Command((_, parsed, cancel) => RunAsync("profile", parsed, cancel)),
        SoakPlan.Command((_, parsed, cancel) => RunAsync("soak", parsed, cancel)),
        RecoveryPlan.Command((_, parsed, cancel) => RunAsync("recovery", parsed, cancel)),
        SettingsPlan.Command((_, parsed, cancel) => RunAsync("settings", parsed, cancel)),
    };

    private static async Task<ExitCode> RunAsync(string benchmark, ParseResult parsed, CancellationToken cancel)
    {
        var arguments = parsed.Tokens.Select(token => token.Value).SkipWhile(word => word != benchmark);
        var project = Path.Combine(Box.RepositoryRoot(), "tests/Benchmarks");
        var built = await Screen.StepAsync("build of the benchmarks", () => Programs.RunAsync(
            TestProject.Dotnet, ["build", project, "-c", "Release", "-v", "q", "--nologo", "-p:UseSharedCompilation=false"],
            TimeSpan.FromMinutes(15), cancel, TestProject.NoBuildServers));
        if (!built.Ok) throw new CommandFailed(ExitCode.Failed, $"The benchmarks do not build:\n{built.Said}");

        using var run = Process.Start(new ProcessStartInfo(
            TestProject.Dotnet, [Path.Combine(project, "bin/Release/net10.0/TreasureHunt.Tests.Benchmarks.dll"), .. arguments]))!;
        await run.WaitForExitAsync(CancellationToken.None); // Ctrl-C reaches it too; it tears down and ends by itself
        cancel.ThrowIfCancellationRequested();
        return (ExitCode)run.ExitCode;
    }
}
