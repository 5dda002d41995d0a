using TreasureHunt.Cli.Tests;

namespace TreasureHunt.Tests.Unit.Tests;

/// <summary>The sum that ends ./hunt test must not flatter.</summary>
public sealed class TestCountTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hunt-trx-").FullName;

    private string Trx => Path.Combine(_folder, "x.trx");

    [Fact]
    public void Results_are_counted_by_their_outcome()
    {
        Write(outcome: "Failed", "Passed", "Passed", "Failed", "NotExecuted");
        Assert.Equal("2 passed, 1 failed, 1 skipped", TestCount.Read(Trx, exitCode: 1).ToString());
    }

    [Fact]
    public void Skipped_tests_are_only_mentioned_when_there_are_any()
    {
        Write(outcome: "Completed", "Passed");
        Assert.Equal("1 passed, 0 failed", TestCount.Read(Trx, exitCode: 0).ToString());
    }

    [Fact]
    public void A_test_host_that_crashed_after_passing_tests_is_a_failure()
    {
        Write(outcome: "Failed", "Passed", "Passed");
        Assert.Equal(new TestCount(2, 1, 0, Crashed: true), TestCount.Read(Trx, exitCode: 1));
    }

    [Fact]
    public void A_test_host_that_crashed_after_a_failed_test_is_one_failure_more()
    {
        Write(outcome: "Failed", "Passed", "Failed", "!The active test run was aborted. Reason: Test host process crashed");
        Assert.Equal(new TestCount(1, 2, 0, Crashed: true), TestCount.Read(Trx, exitCode: 1));
    }

    [Fact]
    public void What_else_the_runner_says_about_a_failed_test_is_no_crash()
    {
        Write(outcome: "Failed", "Passed", "Failed", "![xUnit.net 00:00:01.00]     Some.Test [FAIL]");
        Assert.Equal(new TestCount(1, 1, 0), TestCount.Read(Trx, exitCode: 1));
    }

    [Fact]
    public void A_run_without_a_result_file_is_a_failure() =>
        Assert.Equal(new TestCount(0, 1, 0, Crashed: true), TestCount.Read(Trx, exitCode: 1));

    [Fact]
    public void A_result_file_cut_short_is_a_failure()
    {
        File.WriteAllText(Trx, "<TestRun><Results><UnitTestResult outcome='Passed'/>");
        Assert.True(TestCount.Read(Trx, exitCode: 1).Failed > 0);
    }

    [Fact]
    public void A_filter_that_matches_nothing_is_no_failure_of_the_project() =>
        Assert.Equal(default, TestCount.Read(Trx, exitCode: 0));

    /// <param name="results">outcomes of tests; with a '!' what the runner says beside them</param>
    private void Write(string outcome, params string[] results)
    {
        var said = results.ToLookup(result => result.StartsWith('!'));
        File.WriteAllText(Trx,
            $"""
            <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
              <Results>{string.Concat(said[false].Select(result => $"<UnitTestResult outcome='{result}'/>"))}</Results>
              <ResultSummary outcome="{outcome}">
                <RunInfos>{string.Concat(said[true].Select(text => $"<RunInfo outcome='Error'><Text>{text[1..]}</Text></RunInfo>"))}</RunInfos>
              </ResultSummary>
            </TestRun>
            """);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
