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

    [DllImport("libc")]
    private static extern int nanosleep(in TimeSpec wait, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec(nint seconds, nint nanoseconds)
    {
        public readonly nint Seconds = seconds;
        public readonly nint Nanoseconds = nanoseconds;
    }
}
