using System.Reflection;
using System.Text.RegularExpressions;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Unit.Architecture;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsDocumentTests
{
    [Fact]
    public void The_page_of_the_settings_says_what_the_schema_says() =>
        Assert.Equal(SettingsDocument.Markdown(), File.ReadAllText(Path.Combine(Box.RepositoryRoot(), "docs/settings.md")));

    [Fact]
    public void The_metric_that_shows_a_setting_is_there()
    {
        var source = string.Concat(SourceFile.All().Where(file => !file.Path.EndsWith("SettingsSchema.cs", StringComparison.Ordinal)).Select(file => file.Text));
        foreach (var metric in SettingsSchema.All.Select(setting => setting.Metric).Distinct())
        {
            // The runtime's and the libraries' own are not made here.
            if (metric.StartsWith("hunt.", StringComparison.Ordinal)) Assert.Matches($@"Create\w+(<\w+>)?\(\s*""{Regex.Escape(metric)}""", source);
            else Assert.Matches(@"^(dotnet|resilience\.polly)\.", metric);
        }
    }

    /// <summary>Every member of the snapshot is filled from the schema (else it does not compile), so what is read from the snapshot is a setting that is read.</summary>
    [Fact]
    public void Every_setting_of_the_schema_is_read_somewhere()
    {
        var files = SourceFile.All().Where(file => !file.Path.Contains("/Settings/", StringComparison.Ordinal) || file.Path.EndsWith("LiveSettingsRegistration.cs", StringComparison.Ordinal)).Select(file => Regex.Replace(file.Text, "//.*", "")).ToList();
        var groups = typeof(Contracts.Settings.Settings).GetProperties().Where(property => property.PropertyType.Namespace == typeof(Setting).Namespace).ToList();
        var members = groups.SelectMany(group => group.PropertyType.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly), (group, member) => (Group: group.Name, Member: member.Name))
            .Where(name => name.Member != "EqualityContract").ToList();
        Assert.Equal(SettingsSchema.All.Count, members.Count);
        foreach (var (group, member) in members)
        {
            Assert.Contains($"{char.ToLowerInvariant(group[0])}{group[1..]}.{char.ToLowerInvariant(member[0])}{member[1..]}", SettingsSchema.All.Select(setting => setting.Key));
            var type = typeof(Contracts.Settings.Settings).GetProperty(group)!.PropertyType.Name;
            Assert.True(files.Exists(text => Names(text, $".{group}")), $"Nobody reads {group}.");
            // In a file that has the group in hand: by its name, or as what was handed over.
            Assert.True(files.Exists(text => Names(text, $".{member}") && (Names(text, $".{group}") || Regex.IsMatch(text, $@"\b{type}\b"))), $"Nobody reads {group}.{member}.");
        }
    }

    private static bool Names(string text, string member) => Regex.IsMatch(text, $@"{Regex.Escape(member)}\b");
}
