using System.Diagnostics;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Cli.Tests;

/// <summary>Runs one test project: shows failures as they come, counts from the result file.</summary>
public static class TestProject
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(45), ProgressEvery = TimeSpan.FromSeconds(15);

    public static string Dotnet => Environment.GetEnvironmentVariable("HUNT_DOTNET") is { Length: > 0 } named ? named : "dotnet";

    public static Dictionary<string, string> NoBuildServers => new() { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" };

    public static async Task<TestCount> RunAsync(
        string root, string project, string? filter, string results, Dictionary<string, string> variables, CancellationToken cancel)
    {
        var trx = Path.Combine(results, project + ".trx");
        List<string> arguments =
        [
            "test", $"tests/{project}", "-c", "Release", "--no-build", "--nologo", "--results-directory", results,
            "--logger", $"trx;LogFileName={project}.trx", "--logger", "console;verbosity=normal",
            "--blame-hang", "--blame-hang-timeout", "10min", "--blame-hang-dump-type", "none", // one stuck test ends, it does not hang the run
        ];
        if (filter is not null) arguments.AddRange(["--filter", filter]);

        Screen.Note($"tests/{project}:");
        var clock = Stopwatch.StartNew();
        var show = new TestProgress(clock, ProgressEvery);
        var run = await Programs.RunAsync(
            Dotnet, arguments, Limit, cancel, variables.Concat(NoBuildServers), root, show.Line);
        var count = TestCount.Read(trx, run.ExitCode);
        Screen.Note($"  {count} ({clock.Elapsed.TotalSeconds:0} s)");
        if (count.Crashed) Screen.Note($"  tests/{project} did not run to its end:\n{string.Join('\n', run.Said.Split('\n').TakeLast(30))}");
        return count;
    }
}

/// <summary>Turns the runner's lines into little: a failed test with its message at once, a count now and then.</summary>
public sealed class TestProgress(Stopwatch clock, TimeSpan every)
{
    private readonly Lock _gate = new(); // lines come from two streams
    private TimeSpan _shown;
    private int _passed;
    private bool _failing;

    public void Line(string line)
    {
        lock (_gate)
        {
            var start = line.TrimStart();
            if (start.StartsWith("Passed ", StringComparison.Ordinal))
            {
                _failing = false;
                _passed++;
            }
            else if (start.StartsWith("Skipped ", StringComparison.Ordinal) || start.StartsWith("Test Run ", StringComparison.Ordinal)
                || start.StartsWith("Results File", StringComparison.Ordinal))
            {
                _failing = false;
            }
            else if (line.StartsWith("  Failed ", StringComparison.Ordinal))
            {
                _failing = true;
            }
            if (_failing) Screen.Note(line);
            else if (clock.Elapsed - _shown > every)
            {
                _shown = clock.Elapsed;
                Screen.Note($"  … {_passed} passed so far ({clock.Elapsed.TotalSeconds:0} s)");
            }
        }
    }
}
