using System.Collections.Concurrent;
using System.Diagnostics;
using HdrHistogram;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Soak;

/// <summary>
/// An open loop of any length: slices of actions are made while others are sent, and forgotten when they are answered. Latency runs from the scheduled
/// time to the outcome's return, as in <see cref="OpenLoop"/>.
/// </summary>
public sealed class SteadyLoop(IArm arm, double rate, TimeProvider time)
{
    private const int SlicesReady = 3;

    /// <summary>With more than this unanswered the rate is not sustained, and what follows says nothing.</summary>
    private static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Start = TimeSpan.FromMilliseconds(20), LastAnswer = TimeSpan.FromSeconds(90);

    private readonly Recorder _latency = Microseconds(), _lateness = Microseconds();
    private long _sent, _answered, _unanswered;

    /// <summary>Actions sent whose outcome is awaited.</summary>
    public long Waiting => Volatile.Read(ref _sent) - Volatile.Read(ref _answered) - Unanswered;

    /// <summary>Actions whose outcome was lost on its way back; whether they are stored the books say.</summary>
    public long Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>Microseconds of the answers since the last call, and how late the actions since then were sent.</summary>
    public (HistogramBase Latency, HistogramBase Lateness) Interval() => (_latency.GetIntervalHistogram(), _lateness.GetIntervalHistogram());

    /// <exception cref="CommandFailed">the arm does not sustain the rate</exception>
    public async Task RunAsync(IEnumerable<AcceptedAction[]> slices, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var ready = new BlockingCollection<AcceptedAction[]>(SlicesReady);
        var making = Task.Run(Make, CancellationToken.None);
        var sending = Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll(sending, making); // what went wrong with the sending is said first
        for (var clock = Stopwatch.StartNew(); Waiting > 0 && clock.Elapsed < LastAnswer;) await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancel);
        Interlocked.Add(ref _unanswered, Waiting);

        void Make()
        {
            try
            {
                foreach (var slice in slices) ready.Add(slice, over.Token);
            }
            finally
            {
                ready.CompleteAdding();
            }
        }

        void Send()
        {
            try
            {
                long number = 0, first = 0;
                foreach (var slice in ready.GetConsumingEnumerable(over.Token))
                {
                    if (number == 0) first = Stopwatch.GetTimestamp() + (long)(Start.TotalSeconds * Stopwatch.Frequency);
                    foreach (var action in slice)
                    {
                        var due = first + (long)(number++ / rate * Stopwatch.Frequency);
                        Pacer.WaitUntil(due);
                        _lateness.RecordValue(OpenLoop.Since(due));
                        Interlocked.Increment(ref _sent);
                        _ = AskAsync(action, due);
                    }
                    if (Waiting > rate * MostBehind.TotalSeconds)
                        throw new CommandFailed(ExitCode.Failed, $"{arm.Name}: {Waiting:#,0} actions are unanswered: it does not sustain {rate:#,0} a second on this machine now.");
                }
            }
            finally
            {
                over.Cancel(); // nobody takes what is still made
            }
        }
    }

    private async Task AskAsync(AcceptedAction action, long due)
    {
        try
        {
            await arm.AskAsync(action with { AcceptedAt = time.GetUtcNow() });
            _latency.RecordValue(OpenLoop.Since(due));
            Interlocked.Increment(ref _answered);
        }
        catch (CommandFailed lost)
        {
            if (Interlocked.Increment(ref _unanswered) == 1) Screen.Note($"  {lost.Message}");
        }
    }

    /// <summary>To one percent, so that many can be kept. Any thread may record.</summary>
    private static Recorder Microseconds() => HistogramFactory.With64BitBucketSize()
        .WithValuesFrom(1).WithValuesUpTo(Latencies.LongestMicroseconds).WithPrecisionOf(2).WithThreadSafeWrites().WithThreadSafeReads().Create();
}
