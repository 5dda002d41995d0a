using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>
/// Waits for a point in time to some 100 µs without burning a core, which the runtime's timers (1 ms and more) cannot. Blocks its
/// thread: give it one of its own.
/// </summary>
public static class Pacer
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly TimeSpan Start = TimeSpan.FromMilliseconds(20);

    /// <param name="timestamp">of <see cref="Stopwatch"/></param>
    public static void WaitUntil(long timestamp)
    {
        for (long left; (left = timestamp - Stopwatch.GetTimestamp()) > 0;)
        {
            var nanoseconds = (long)(left * ((double)NanosecondsPerSecond / Stopwatch.Frequency));
            var wait = new TimeSpec((nint)(nanoseconds / NanosecondsPerSecond), (nint)(nanoseconds % NanosecondsPerSecond));
            _ = nanosleep(in wait, 0);
        }
    }

    /// <summary>Calls for each request when it is due, on a thread of its own; ends after the last, or when it is cancelled.</summary>
    /// <param name="due">seconds from the start</param>
    /// <param name="send">gets the number of the request and when it was due, of <see cref="Stopwatch"/>; what it takes is missing to the next</param>
    public static async Task KeepAsync(double[] due, Action<int, long> send, CancellationToken cancel)
    {
        await Task.Factory.StartNew(Keep, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        cancel.ThrowIfCancellationRequested();

        void Keep()
        {
            var first = Stopwatch.GetTimestamp() + (long)(Start.TotalSeconds * Stopwatch.Frequency);
            for (var i = 0; i < due.Length && !cancel.IsCancellationRequested; i++)
            {
                var at = first + (long)(due[i] * Stopwatch.Frequency);
                WaitUntil(at);
                send(i, at);
            }
        }
    }

    [DllImport("libc")]
    private static extern int nanosleep(in TimeSpec wait, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec(nint seconds, nint nanoseconds)
    {
        public readonly nint Seconds = seconds;
        public readonly nint Nanoseconds = nanoseconds;
    }
}
