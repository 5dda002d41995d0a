using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using TreasureHunt.Cli;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Unit.Frame;

/// <summary>What every command promises: help without anything else, with an example that is understood; and completion.</summary>
public sealed class CommandLineTests
{
    public static TheoryData<string> All => [.. Of(HuntRoot.Create(), "")];

    [Theory, MemberData(nameof(All))]
    public void Every_command_has_help_and_an_example_that_is_understood(string command)
    {
        var root = HuntRoot.Create();
        var output = new StringWriter();
        var parsed = root.Parse($"{command} --help");
        Assert.Empty(parsed.Errors);
        Assert.Equal(0, parsed.Invoke(new InvocationConfiguration { Output = output }));
        var example = output.ToString().Split("Example:\n")[^1].Split('\n')[0];
        Assert.Empty(root.Parse(CommandLineParser.SplitCommandLine(example.Split("./hunt ", 2)[1]).ToArray()).Errors);
    }

    [Theory]
    [InlineData("settings set --help", "settings set <KEY=VALUE>... [options]")]
    [InlineData("settings get --help", "settings get [<KEY>] [options]")]
    [InlineData("settings why --help", "settings why <KEY> [options]")]
    public void An_argument_with_many_values_is_called_by_its_name(string command, string usage)
    {
        var output = new StringWriter();
        HuntRoot.Create().Parse(command).Invoke(new InvocationConfiguration { Output = output });
        Assert.Contains(usage, output.ToString());
        Assert.DoesNotContain("|", output.ToString());
    }

    [Fact]
    public void Help_for_a_change_shows_every_setting_with_its_default_and_its_range()
    {
        var output = new StringWriter();
        HuntRoot.Create().Parse("settings set --help").Invoke(new InvocationConfiguration { Output = output });
        var lines = output.ToString().Split('\n');
        Assert.All(SettingsSchema.All, setting => Assert.Single(lines, line => line.TrimStart().StartsWith($"{setting.Key}={setting.Default} ", StringComparison.Ordinal) && line.Contains(setting.Range)));
    }

    [Theory]
    [InlineData("./hunt settings set lane.", "lane.batchCap=")]
    [InlineData("./hunt settings why ingress.p", "ingress.pace")]
    [InlineData("./hunt settings ro", "rollback")]
    [InlineData("./hunt be", "bench")]
    public async Task The_readmes_line_for_bash_completes(string typed, string expected)
    {
        var readme = await File.ReadAllLinesAsync(Path.Combine(Box.RepositoryRoot(), "README.md"));
        var line = Assert.Single(readme, line => line.TrimStart().StartsWith("_hunt()", StringComparison.Ordinal)).Trim();
        var dotnet = Environment.GetEnvironmentVariable("HUNT_DOTNET") is { Length: > 0 } named ? named : "dotnet";
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true };
        foreach (var argument in new[]
        {
            "-c", $"./hunt() {{ '{dotnet}' '{Path.Combine(AppContext.BaseDirectory, "hunt-cli.dll")}' \"$@\"; }}\n{line}\nCOMP_LINE=$1 COMP_POINT=${{#1}}\n_hunt\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"", "bash", typed,
        }) start.ArgumentList.Add(argument);
        using var bash = Process.Start(start)!;
        var completed = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.Contains(expected, completed.Split('\n'));
        Assert.DoesNotContain("--json", completed.Split('\n'));
    }

    private static IEnumerable<string> Of(Command command, string path) =>
        command.Subcommands.SelectMany(sub => Of(sub, $"{path} {sub.Name}".Trim())).Prepend(path);
}
