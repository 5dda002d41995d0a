using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Cli.Tests;

/// <summary>hunt test: all tests, on servers that live as long as the run. The last line is the sum.</summary>
public static class TestCommand
{
    /// <summary>Test classes of tests/Integration that run at once, at most, without sharing a virtual host.</summary>
    private const int TestVhosts = 8;

    private static readonly string[] Projects = ["Unit", "Integration", "Faults"];

    public static Command Create()
    {
        var filter = new Option<string?>("--filter") { Description = "as in dotnet test: FullyQualifiedName~Lanes" };
        var whole = new Option<bool>("--long") { Description = "fault tests and fuzzing in their long form: as often and as long as the engine promises" };
        return new HuntCommand("test", "Runs all tests on PostgreSQL and RabbitMQ of their own.", "./hunt test --filter FullyQualifiedName~Lanes",
            (parsed, cancel) => RunAsync(parsed.GetValue(filter), parsed.GetValue(whole), cancel)) { filter, whole };
    }

    private static async Task<ExitCode> RunAsync(string? filter, bool whole, CancellationToken cancel)
    {
        var root = Box.RepositoryRoot();
        await Screen.StepAsync("build of the tests", () => BuildAsync(root, cancel));

        var sum = default(TestCount);
        await using (var servers = await ThrowAwayBox.CreateAsync("test"))
        using (var temporary = new TemporaryFolder())
        {
            var box = servers.Box;
            await BoxLife.StartServersAsync(box, TestVhosts, cancel);
            var variables = new Dictionary<string, string>
            {
                [EnvironmentServers.PostgresVariable] = box.Servers!.Postgres,
                [EnvironmentServers.RabbitMqVariable] = box.Servers.RabbitMq.AbsoluteUri,
                ["HUNT_TEST_VHOSTS"] = string.Join(',', box.Servers.TestVhosts),
                ["HUNT_FAULTS"] = whole ? "long" : "",
                ["TMPDIR"] = temporary.Path, // processes that tests kill leave things behind
            };
            foreach (var project in Projects)
                sum += await TestProject.RunAsync(root, project, filter, Path.Combine(box.Folder, "results"), variables, cancel);
        }
        if (sum.Total == 0) Screen.Note("No test matches the filter.");
        Screen.Line(sum.ToString());
        return sum is { Failed: 0, Total: > 0 } ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task BuildAsync(string root, CancellationToken cancel)
    {
        var built = await Programs.RunAsync(TestProject.Dotnet, ["build", "TreasureHunt.sln", "-c", "Release", "-v", "q", "--nologo", "-p:UseSharedCompilation=false"],
            TimeSpan.FromMinutes(15), cancel, TestProject.NoBuildServers, root);
        if (built.Ok) return;
        var errors = built.Said.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Distinct().Take(40);
        throw new CommandFailed(ExitCode.Failed, $"The tests do not build:\n{string.Join('\n', errors.DefaultIfEmpty(built.Said))}\n0 passed, 1 failed");
    }
}
