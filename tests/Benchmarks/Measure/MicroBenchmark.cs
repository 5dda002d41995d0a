using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace TreasureHunt.Tests.Benchmarks.Measure;

/// <summary>BenchmarkDotNet in this process, quietly.</summary>
public static class MicroBenchmark
{
    /// <param name="brief">once each: shows that it works</param>
    public static IReadOnlyList<MicroCost> Run<T>(bool brief)
    {
        var job = (brief ? Job.Dry : Job.ShortRun.WithIterationCount(8)).WithToolchain(InProcessNoEmitToolchain.Instance);
        var config = ManualConfig.CreateEmpty().AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).AddLogger(NullLogger.Instance)
            .AddColumnProvider(DefaultColumnProviders.Instance).WithOptions(ConfigOptions.DisableOptimizationsValidator)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), $"hunt-bench-{Environment.ProcessId}"));
        try
        {
            return [.. BenchmarkRunner.Run<T>(config).Reports.Select(report => new MicroCost(
                report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''), report.ResultStatistics?.Mean ?? double.NaN,
                report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0))];
        }
        finally
        {
            if (Directory.Exists(config.ArtifactsPath)) Directory.Delete(config.ArtifactsPath, recursive: true);
        }
    }
}

/// <param name="Nanoseconds">per operation</param>
/// <param name="Bytes">allocated per operation</param>
public sealed record MicroCost(string Name, double Nanoseconds, double Bytes);
