using System.Diagnostics;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Ceilings;

/// <summary>What a part of the pipeline does when it has the machine to itself.</summary>
/// <param name="PerSecond">actions</param>
/// <param name="CpuMicros">of one core, per action, in all processes that take part and can be seen</param>
public sealed record Ceiling(string Part, string What, double PerSecond, double CpuMicros)
{
    /// <summary>Times a piece of work.</summary>
    /// <param name="actions">that the work is about</param>
    /// <param name="others">processes that work beside this one, with all they started; null: cannot be seen</param>
    public static async Task<Ceiling> MeasureAsync(string part, string what, int actions, int?[] others, Func<Task> work)
    {
        GC.Collect();
        var before = Cpu();
        var clock = Stopwatch.StartNew();
        await work();
        var took = clock.Elapsed;
        return new Ceiling(part, what, actions / took.TotalSeconds, (Cpu() - before).TotalMicroseconds / actions);

        TimeSpan Cpu() => others.OfType<int>().Aggregate(ProcessTree.OwnCpu(Environment.ProcessId), (sum, pid) => sum + ProcessTree.Cpu(pid));
    }
}
