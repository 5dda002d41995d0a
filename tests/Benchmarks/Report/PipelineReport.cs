using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Tests.Benchmarks.Report;

/// <summary>Shows the result and keeps it: JSON for scripts, Markdown for docs/benchmarks.md, both in .hunt/bench.</summary>
public static class PipelineReport
{
    public static void Show(PipelineResult result)
    {
        if (result.Plan.Json)
        {
            Screen.Json(result);
            return;
        }
        BenchReport.Show(PipelineTables.Notes(result), PipelineTables.Of(result));
    }

    public static void Keep(PipelineResult result) => BenchReport.Keep("pipeline", result.At, result, PipelineTables.Notes(result), PipelineTables.Of(result));
}
