using System.Diagnostics;
using System.Threading.Channels;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>
/// The load generator for HTTP: requests made beforehand, over a fixed number of kept-alive connections. Closed loop: each connection sends
/// its next request when it has the answer. Open loop: requests are due by the clock; who finds no connection free waits, and the wait counts.
/// </summary>
public sealed class HttpLoad : IDisposable
{
    private static readonly TimeSpan LastAnswer = TimeSpan.FromSeconds(60);

    private readonly HttpConnection[] _connections;

    private HttpLoad(HttpConnection[] connections) => _connections = connections;

    public static async Task<HttpLoad> ConnectAsync(Uri server, int connections, CancellationToken cancel) =>
        new(await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => HttpConnection.OpenAsync(server, cancel))));

    public async Task<HttpAnswers> ClosedAsync(byte[][] requests, CancellationToken cancel)
    {
        var answers = new HttpAnswers(requests.Length);
        var next = -1;
        var clock = Stopwatch.StartNew();
        await Answers.AllAsync("HTTP", _connections.Select(connection => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < requests.Length;)
            {
                var sent = Stopwatch.GetTimestamp();
                answers.Set(i, await connection.AskAsync(requests[i], cancel), sent);
            }
        }, cancel)), cancel);
        answers.Elapsed = clock.Elapsed;
        return answers;
    }

    public async Task<HttpAnswers> OpenAsync(byte[][] requests, Arrivals arrivals, CancellationToken cancel)
    {
        var answers = new HttpAnswers(requests.Length);
        var due = arrivals.Due(requests.Length);
        var waiting = Channel.CreateUnbounded<(int Request, long Due)>(new UnboundedChannelOptions { SingleWriter = true });
        var clock = Stopwatch.StartNew();
        await Answers.AllAsync("HTTP", _connections.Select(connection => Task.Run(async () =>
        {
            await foreach (var (i, at) in waiting.Reader.ReadAllAsync(cancel)) answers.Set(i, await connection.AskAsync(requests[i], cancel), at);
        }, cancel)).Append(SendAsync()), cancel, TimeSpan.FromSeconds(due[^1]) + LastAnswer);
        answers.Elapsed = clock.Elapsed;
        return answers;

        async Task SendAsync()
        {
            await Pacer.KeepAsync(due, (i, at) =>
            {
                answers.Late(i, at);
                waiting.Writer.TryWrite((i, at));
            }, cancel);
            waiting.Writer.Complete();
        }
    }

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
    }
}

/// <summary>What came back, by the number of the request.</summary>
public sealed class HttpAnswers(int requests) : Answers(requests)
{
    private readonly HttpAnswer[] _answers = new HttpAnswer[requests];

    public HttpAnswer this[int request] => _answers[request];

    /// <summary>Latency of some; null: there are none.</summary>
    public Latencies? LatencyWhere(Func<int, HttpAnswer, bool> counts) => Milliseconds(Where(counts)).ToList() is { Count: > 0 } some ? Finding.Of(some) : null;

    public IEnumerable<int> Where(Func<int, HttpAnswer, bool> counts) => Enumerable.Range(0, Count).Where(i => counts(i, _answers[i]));

    /// <exception cref="CommandFailed">an answer has another status</exception>
    public void Expect(int status)
    {
        var others = Where((_, answer) => answer.Status != status).ToList();
        if (others.Count > 0) throw new CommandFailed(ExitCode.Failed, $"{others.Count} of {Count} answers were not {status}, the first of them {_answers[others[0]].Status}.");
    }

    internal void Set(int request, HttpAnswer answer, long since)
    {
        _answers[request] = answer;
        Set(request, since);
    }
}
