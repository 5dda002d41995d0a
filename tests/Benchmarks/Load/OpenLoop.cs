using System.Diagnostics;
using HdrHistogram;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>
/// Actions on a fixed schedule, whatever comes back; latency runs from the scheduled time to the outcome's return, so that a
/// pause counts for everybody who would have come meanwhile.
/// </summary>
public static class OpenLoop
{
    private static readonly TimeSpan Start = TimeSpan.FromMilliseconds(20), LastAnswer = TimeSpan.FromSeconds(60);

    public static async Task<OpenLoopResult> RunAsync(IArm arm, AcceptedAction[] actions, Arrivals arrivals, TimeProvider time, CancellationToken cancel)
    {
        var latency = Microseconds();
        var lateness = Microseconds();
        var answers = new Task[actions.Length];
        var schedule = arrivals.Due(actions.Length);
        var backlog = new Backlog(actions.Length, arrivals.Rate);
        var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = await arm.StagesAsync(cancel);
        for (var generation = 0; generation < GC.MaxGeneration; generation++) GC.Collect(); // the actions are old from here on: moving them there would stop the loop for 150 ms
        new Thread(Send) { IsBackground = true, Name = "open loop" }.Start();
        await finished.Task;
        try
        {
            await Task.WhenAll(answers).WaitAsync(LastAnswer, time, cancel);
        }
        catch (TimeoutException)
        {
            throw new CommandFailed(
                ExitCode.Failed, $"{arm.Name}: {answers.Count(answer => !answer.IsCompleted)} of {answers.Length} outcomes did not come back within {LastAnswer.TotalSeconds:0} s.");
        }
        return new OpenLoopResult(arrivals.Rate, actions.Length, Latencies.Of(latency), Latencies.Of(lateness), backlog.Growth, StageShares.Between(before, await arm.StagesAsync(cancel)));

        void Send()
        {
            try
            {
                var first = Stopwatch.GetTimestamp() + (long)(Start.TotalSeconds * Stopwatch.Frequency);
                for (var i = 0; i < actions.Length && !cancel.IsCancellationRequested; i++)
                {
                    var due = first + (long)(schedule[i] * Stopwatch.Frequency);
                    Pacer.WaitUntil(due);
                    lateness.RecordValue(Since(due));
                    answers[i] = AskAsync(actions[i], due);
                    backlog.Sent(i);
                }
                cancel.ThrowIfCancellationRequested();
                finished.SetResult();
            }
            catch (Exception e)
            {
                finished.SetException(e);
            }
        }

        async Task AskAsync(AcceptedAction action, long due)
        {
            await arm.AskAsync(action with { AcceptedAt = time.GetUtcNow() });
            latency.RecordValue(Since(due));
            backlog.Answered();
        }
    }

    /// <param name="due">of <see cref="Stopwatch"/></param>
    /// <returns>microseconds since then</returns>
    internal static long Since(long due) => Math.Clamp((long)Stopwatch.GetElapsedTime(due).TotalMicroseconds, 0, Latencies.LongestMicroseconds);

    /// <summary>Any thread may record.</summary>
    private static LongConcurrentHistogram Microseconds() => new(1, Latencies.LongestMicroseconds, numberOfSignificantValueDigits: 3);
}

/// <param name="Rate">scheduled, actions per second</param>
/// <param name="Lateness">how much later than scheduled the load generator sent; it is part of the latency too</param>
/// <param name="Growth">actions by which the backlog grew per action sent; above zero the rate cannot be sustained</param>
/// <param name="Shares">of an envelope's time from acceptance to answer, by stage; empty for an arm that has no stages</param>
public sealed record OpenLoopResult(double Rate, int Actions, Latencies Latency, Latencies Lateness, double Growth, IReadOnlyDictionary<string, double> Shares)
{
    /// <summary>Later than this at p99.9: the generator was short of processor time, and the latencies say so too.</summary>
    public const double MaxLatenessMs = 1;

    public bool GeneratorLate => Lateness.P999 > MaxLatenessMs;
}
