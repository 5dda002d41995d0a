using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using TreasureHunt.Cli;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Settings;
using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Unit.Architecture;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>docs/at-3-am.md is typed by people who are tired: what it has them type is understood, and what it names is there.</summary>
public sealed class AtThreeInTheMorning
{
    /// <summary>Words with a dot that are neither settings nor metrics of this engine: Polly's, and the pipeline that is the store's with its retries.</summary>
    private static readonly string[] OfTheLibraries = ["pipeline.name", "resilience.polly.strategy.events", "store.retry"];

    private static readonly string Page = File.ReadAllText(Path.Combine(Box.RepositoryRoot(), "docs/at-3-am.md"));
    private static readonly string[] Lines = Page.Split('\n');

    /// <summary>What stands between backticks, outside the blocks of commands.</summary>
    private static readonly string[] Words =
        [.. Lines.Where(line => !IsBlock(line)).SelectMany(line => Regex.Matches(line, "`([^`]+)`")).Select(word => word.Groups[1].Value).Distinct()];

    /// <summary>As typed, without ./hunt and the remark behind.</summary>
    private static readonly string[] Commands =
    [
        .. Lines.Where(line => line.StartsWith("    ./hunt ", StringComparison.Ordinal)).Select(line => Regex.Replace(line.Trim(), @"\s{2,}#.*$", ""))
            .Concat(Words.Where(word => word.StartsWith("./hunt ", StringComparison.Ordinal))).Select(command => command["./hunt ".Length..]),
    ];

    [Fact]
    public void Every_command_is_understood()
    {
        var root = HuntRoot.Create();
        Assert.True(Commands.Length > 30, $"Only {Commands.Length} commands were found.");
        Assert.All(Commands, command =>
        {
            var parsed = root.Parse(CommandLineParser.SplitCommandLine(command).ToArray());
            Assert.True(parsed.Errors.Count == 0 && parsed.CommandResult.Command is HuntCommand, $"{command}: {string.Join(" ", parsed.Errors.Select(error => error.Message))}");
        });
    }

    [Fact]
    public void Every_change_is_one_that_a_fleet_of_two_processors_takes()
    {
        var root = HuntRoot.Create();
        var changes = Commands.Where(command => command.StartsWith("settings set ", StringComparison.Ordinal))
            .Select(command => root.Parse(CommandLineParser.SplitCommandLine(command).ToArray()))
            .Select(parsed => (Assignments: parsed.GetValue<string[]>("KEY=VALUE")!, For: parsed.GetValue<string?>("--for"), At: parsed.GetValue<string?>("--at")))
            .Concat(Words.Where(word => Regex.IsMatch(word, @"^[a-z]+\.[A-Za-z]+(@\S+)?=\S+$")).Select(word => (Assignments: new[] { word }, For: (string?)null, At: (string?)null)))
            .ToList();
        Assert.True(changes.Count > 20, $"Only {changes.Count} changes were found.");
        Assert.All(changes, change =>
        {
            var ask = new ChangeSettings(
                SettingsChanging.Parse(change.Assignments), "as the page says", ForSeconds: change.For is { } time ? SettingsProposals.Seconds(time) : null,
                At: change.At is { } moment ? SettingsProposals.Moment(moment) : null);
            var fleet = new FleetFacts([new("processors", "processor-1"), new("processors", "processor-2"), new("ingress", "ingress-1")], Lanes: 4, DatabaseConnections: 300);
            var decision = new Clockwork { Approval = false, Fleet = fleet }.Ask(ask);
            Assert.False(decision is SettingsDecision.Refused, $"{string.Join(' ', change.Assignments)}: {decision}");
        });
    }

    [Fact]
    public void Every_setting_metric_and_field_of_a_status_that_it_names_is_there()
    {
        var source = string.Concat(SourceFile.All().Select(file => file.Text));
        var status = string.Concat(SourceFile.All().Where(file => file.Path is "src/Processors/Lanes/Lanes.cs" or "src/Processors/Lanes/LaneMetrics.cs").Select(file => file.Text));
        var settings = new HashSet<string>();
        foreach (var word in Words.Where(word => Regex.IsMatch(word, @"^[a-z]+(\.[A-Za-z_]+)+$|^[a-z]+[A-Z]\w*$")).Except(OfTheLibraries))
        {
            if (word.StartsWith("hunt.", StringComparison.Ordinal)) Assert.Matches($@"Create\w+(<\w+>)?\(\s*""{Regex.Escape(word)}""", source);
            else if (SettingsSchema.Find(word) is not null) settings.Add(word);
            else Assert.All(word.Split('.'), part => Assert.Matches($@"(?i)\b{part}\b", status));
        }
        Assert.True(settings.Count > 10, $"Only {settings.Count} settings were found.");
        foreach (var group in Words.Where(word => word.EndsWith(".*", StringComparison.Ordinal)))
            Assert.Contains(SettingsSchema.All, setting => setting.Key.StartsWith(group[..^1], StringComparison.Ordinal));
    }

    [Fact]
    public void Every_stage_is_named_and_no_other()
    {
        var stages = Enum.GetNames<Stage>().Select(stage => stage.ToLowerInvariant()).ToList();
        var explained = Lines.SkipWhile(line => !line.StartsWith("| stage |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))
            .SelectMany(row => Regex.Matches(row.Split('|')[1], "`([a-z]+)`")).Select(name => name.Groups[1].Value).ToList();
        Assert.NotEmpty(explained);
        Assert.Empty(explained.Except(stages));
        Assert.Empty(stages.Except(Words));
    }

    [Fact]
    public void Its_numbers_are_those_of_the_code()
    {
        var defaults = SettingsSchema.Defaults;
        Assert.Contains($"more than `ingress.pace` and `lane.pace` together ({(defaults.Ingress.Pace + defaults.Lane.Pace).TotalMilliseconds} ms)", Page);
        Assert.Contains($"(exit code {(int)ExitCode.Different})", Page);
        Assert.Contains($"out of step for more than {OutOfStep.Grace.TotalSeconds} s", Page);
        Assert.Contains($"lapses after {SettingsProposal.MaxWait.TotalHours} h", Page);
    }

    [Fact]
    public void What_wants_a_second_person_is_what_the_schema_calls_dangerous()
    {
        var sentence = Assert.Single(Lines, line => line.Contains("can stop the engine", StringComparison.Ordinal)).Split("can stop")[0];
        var named = Regex.Matches(sentence, "`([^`]+)`").Select(word => word.Groups[1].Value).Order(StringComparer.Ordinal);
        Assert.Equal(SettingsSchema.All.Where(setting => setting.Dangerous).Select(setting => setting.Key).Order(StringComparer.Ordinal), named);
    }

    [Theory]
    [InlineData("settings histroy")]
    [InlineData("settings set lane.batchCap=64")] // no reason given
    [InlineData("lanes --wach")]
    public void A_command_that_is_none_is_found(string command) => Assert.NotEmpty(HuntRoot.Create().Parse(CommandLineParser.SplitCommandLine(command).ToArray()).Errors);

    private static bool IsBlock(string line) => line.StartsWith("    ", StringComparison.Ordinal);
}
