using System.Diagnostics;
using System.Net.Sockets;
using RabbitMQ.Client.Exceptions;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>When requests were due and answered, by the number of the request. Each is written by one thread, and read after all of them.</summary>
public class Answers(int requests)
{
    private readonly double[] _milliseconds = new double[requests], _late = new double[requests];
    private readonly long[] _due = new long[requests];

    public int Count => _milliseconds.Length;

    public TimeSpan Elapsed { get; set; }

    public double PerSecond => Count / Elapsed.TotalSeconds;

    /// <summary>How much later than scheduled the generator was; closed loops have no schedule.</summary>
    public Latencies Lateness => Finding.Of(_late);

    /// <summary>From when a request was due (open loop) or sent (closed loop) to the whole answer.</summary>
    public Latencies Latency => Finding.Of(_milliseconds);

    /// <summary>When it was due, of <see cref="Stopwatch"/>; closed loops have no schedule.</summary>
    public long Due(int request) => _due[request];

    protected IEnumerable<double> Milliseconds(IEnumerable<int> of) => of.Select(i => _milliseconds[i]);

    internal void Set(int request, long since) => _milliseconds[request] = Stopwatch.GetElapsedTime(since).TotalMilliseconds;

    internal void Late(int request, long due) => (_due[request], _late[request]) = (due, Stopwatch.GetElapsedTime(due).TotalMilliseconds);

    /// <summary>Waits for all senders.</summary>
    /// <exception cref="CommandFailed">a connection broke, or an answer does not come: the run is void</exception>
    internal static async Task AllAsync(string load, IEnumerable<Task> senders, CancellationToken cancel, TimeSpan? limit = null)
    {
        try
        {
            await Task.WhenAll(senders).WaitAsync(limit ?? Timeout.InfiniteTimeSpan, cancel);
        }
        catch (Exception broken) when (broken is IOException or SocketException or TimeoutException or RabbitMQClientException)
        {
            throw new CommandFailed(ExitCode.Failed, $"The {load} load broke off ({broken.Message}); the run is void.", broken);
        }
    }
}
