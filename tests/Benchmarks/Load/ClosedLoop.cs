using System.Diagnostics;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>As many senders as a busy evening has, each waiting for the broker's confirm before its next action; over when all is stored.</summary>
public static class ClosedLoop
{
    public const int Senders = 2_000;

    /// <summary>No more is stored for this long: something was lost.</summary>
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(10), LongestLook = TimeSpan.FromSeconds(2);

    /// <param name="storedBefore">events in the store after the seed, before this loop</param>
    public static async Task<ClosedLoopTimes> RunAsync(IArm arm, AcceptedAction[] actions, long seed, long storedBefore, TimeProvider time, CancellationToken cancel)
    {
        var taking = new Lock(); // the arm takes the actions in the order of the list
        var next = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(SendAsync, cancel)));
        var accepted = clock.Elapsed;
        await StoredAsync();
        return new ClosedLoopTimes(actions.Length, accepted, clock.Elapsed);

        async Task SendAsync()
        {
            while (true)
            {
                Task sent;
                lock (taking)
                {
                    if (next == actions.Length || cancel.IsCancellationRequested) return;
                    sent = arm.SendAsync(actions[next++] with { AcceptedAt = time.GetUtcNow() });
                }
                await sent;
            }
        }

        // Counting costs the server something: not before all may be there, seldom while much is left, often near the end.
        async Task StoredAsync()
        {
            var (most, since) = (0L, clock.Elapsed);
            while (true)
            {
                var stored = await arm.Database.EventsAtMostAsync(seed, cancel) - storedBefore;
                if (stored >= actions.Length) stored = await arm.Database.EventsAsync(seed, cancel) - storedBefore;
                if (stored >= actions.Length) return;
                if (stored > most) (most, since) = (stored, clock.Elapsed);
                if (clock.Elapsed - since > Stalled)
                    throw new CommandFailed(
                        ExitCode.Failed, $"{arm.Name}: {stored} of {actions.Length} actions are stored and none was added for {Stalled.TotalSeconds:0} s. They are lost, or the arm has stopped.");
                var left = stored > 0 ? clock.Elapsed * ((actions.Length - stored) / (double)stored) : TimeSpan.Zero; // nothing yet: nothing to tell it by
                await Task.Delay(TimeSpan.FromTicks(Math.Clamp((left / 4).Ticks, ShortestLook.Ticks, LongestLook.Ticks)), cancel);
            }
        }
    }
}

/// <param name="Accepted">from the first send to the last confirm</param>
/// <param name="Stored">from the first send until all were found in the store</param>
public sealed record ClosedLoopTimes(int Actions, TimeSpan Accepted, TimeSpan Stored)
{
    public double PerSecond => Actions / Stored.TotalSeconds;
    public double AcceptedPerSecond => Actions / Accepted.TotalSeconds;
}
