using System.Globalization;
using System.Xml.Linq;

namespace TreasureHunt.Cli.Tests;

/// <summary>Results of test runs, summed. A run that crashed counts as one more failure: its missing tests did not pass.</summary>
public readonly record struct TestCount(int Passed, int Failed, int Skipped, bool Crashed = false)
{
    public int Total => Passed + Failed + Skipped;

    public static TestCount operator +(TestCount a, TestCount b) =>
        new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped, a.Crashed || b.Crashed);

    /// <param name="trx">the result file; it may be missing or cut short</param>
    /// <param name="exitCode">of the run</param>
    public static TestCount Read(string trx, int exitCode)
    {
        var count = default(TestCount);
        var whole = false;
        try
        {
            var document = File.Exists(trx) ? XDocument.Load(trx) : new XDocument();
            foreach (var result in document.Descendants().Where(element => element.Name.LocalName == "UnitTestResult"))
            {
                count += (string?)result.Attribute("outcome") switch
                {
                    "Passed" => new TestCount(1, 0, 0),
                    "NotExecuted" => new TestCount(0, 0, 1),
                    _ => new TestCount(0, 1, 0),
                };
            }
            var summary = document.Descendants().FirstOrDefault(element => element.Name.LocalName == "ResultSummary");
            whole = (string?)summary?.Attribute("outcome") == "Completed" || (count.Failed > 0 && !WasAborted(summary));
        }
        catch (System.Xml.XmlException)
        {
            // cut short: the run ended in the middle of writing
        }
        // No file and exit code 0: no test matched the filter.
        var crashed = exitCode == 0 ? count.Total > 0 && !whole : !whole;
        return crashed ? count with { Failed = count.Failed + 1, Crashed = true } : count;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed") + (Skipped > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Skipped} skipped") : "");

    /// <summary>The runner says so beside the results: "The active test run was aborted. Reason: Test host process crashed".</summary>
    private static bool WasAborted(XElement? summary) =>
        summary is null || summary.Descendants().Any(element => element.Name.LocalName == "RunInfo" && element.Value.Contains("aborted", StringComparison.OrdinalIgnoreCase));
}
