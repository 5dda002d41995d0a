using System.Text.RegularExpressions;
using TreasureHunt.Cli.Boxes;

namespace TreasureHunt.Tests.Unit.Architecture;

/// <summary>xunit 2 ends what is IDisposable or IAsyncLifetime. A test class that is IAsyncDisposable alone is never ended, and nobody says so.</summary>
public sealed partial class TestsAreCleanedUpAfter
{
    [Fact]
    public void No_test_class_is_ended_by_an_interface_that_xunit_does_not_know()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Box.RepositoryRoot(), "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => Attributes().IsMatch(File.ReadAllText(file))).ToList();
        Assert.True(tests.Count > 100, $"Only {tests.Count} files with tests were looked at.");
        Assert.DoesNotContain(tests, file => File.ReadLines(file).Any(NeverEnded));
    }

    [Theory]
    [InlineData("public sealed class SomeTests : IAsyncDisposable", true)]
    [InlineData("public sealed class SomeTests(Servers servers) : IClassFixture<Servers>, IAsyncDisposable", true)]
    [InlineData("public sealed class SomeTests : IAsyncLifetime", false)]
    [InlineData("    private sealed class OpenLog : IAsyncDisposable", false)] // a helper, which its user ends
    public void Such_a_class_is_found(string line, bool found) => Assert.Equal(found, NeverEnded(line));

    private static bool NeverEnded(string line) => PublicClass().IsMatch(line) && line.Contains("IAsyncDisposable", StringComparison.Ordinal);

    [GeneratedRegex(@"\[(Fact|Theory)\b")]
    private static partial Regex Attributes();

    [GeneratedRegex(@"^public (sealed |partial )*class ")]
    private static partial Regex PublicClass();
}
