using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;

namespace TreasureHunt.Tests.Benchmarks.Views;

/// <summary>Clients of feeds, spread over the hunts as the actions are; the slow ones all follow the hottest and read nothing until they are told to.</summary>
public sealed class Crowd(IngressProcess ingress, TimeProvider time) : IAsyncDisposable
{
    private const int Seed = 5, Hunts = 400, ConnectingAtOnce = 50;

    private readonly List<FeedClient> _quick = [], _slow = [];
    private readonly List<Task> _following = [];
    private readonly TaskCompletionSource _slowRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();

    public int Clients => _quick.Count + _slow.Count;

    public long Delivered => _quick.Sum(client => (long)client.Heard.Count);

    public int SlowBack => _slow.Count(client => client.TimesBack > 0);

    public async Task JoinAsync(int quick, int slow, HttpClient narrow, CancellationToken cancel)
    {
        var (random, zipf) = (new Random(Seed), new Zipf(Hunts));
        for (var i = 0; i < quick; i++) _quick.Add(new FeedClient(ingress, ingress.Http, BenchHunts.Hunt(zipf.Next(random)), $"quick-{i}"));
        for (var i = 0; i < slow; i++) _slow.Add(new FeedClient(ingress, narrow, BenchHunts.Hunt(0), $"slow-{i}"));
        foreach (var some in _quick.Concat(_slow).Chunk(ConnectingAtOnce))
        {
            var connected = some.Select(client => (Client: client, Done: new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))).ToList();
            foreach (var (client, done) in connected)
                _following.Add(Task.Run(() => client.FollowAsync(done, _slow.Contains(client) ? _slowRead.Task : Task.CompletedTask, time, _stop.Token), cancel));
            await Task.WhenAll(connected.Select(one => one.Done.Task)).WaitAsync(TimeSpan.FromMinutes(1), time, cancel);
        }
    }

    public void SlowOnesRead() => _slowRead.TrySetResult();

    /// <exception cref="CommandFailed">not within the time</exception>
    public async Task HeardAllAsync(StoredFacts stored, TimeSpan within, CancellationToken cancel, bool slowToo = false)
    {
        var clients = slowToo ? _quick.Concat(_slow).ToList() : _quick;
        var behind = await new Polling(TimeSpan.FromMilliseconds(50), within).UntilAsync(
            _ => Task.FromResult(clients.Count(client => Math.Max(client.Last, client.From) < stored.Last(client.Hunt))), behind => behind == 0, cancel);
        if (behind > 0) throw new CommandFailed(ExitCode.Failed, $"{behind} of {clients.Count} clients of feeds have not heard everything after {within.TotalSeconds:0} s.");
    }

    /// <summary>Of the quick ones: from the commit's beginning to the client, of what was committed since.</summary>
    public Latencies Latencies(StoredFacts stored, DateTimeOffset since)
    {
        var committed = _quick.Select(client => client.Hunt).Distinct().ToDictionary(hunt => hunt, hunt => stored.Of(hunt).ToDictionary(fact => fact.Version, fact => fact.At));
        return Finding.Of(_quick.SelectMany(client => client.Heard.Select(heard => (heard.At, Committed: committed[client.Hunt].GetValueOrDefault(heard.Version))))
            .Where(heard => heard.Committed >= since).Select(heard => (heard.At - heard.Committed).TotalMilliseconds));
    }

    /// <summary>Facts that a client did not hear, or not once, or not in their order.</summary>
    public long Wrong(StoredFacts stored)
    {
        var wrong = 0L;
        foreach (var client in _quick.Concat(_slow))
        {
            var ought = stored.Of(client.Hunt).Select(fact => fact.Version).Where(version => version > client.From && version <= client.Last).ToList();
            if (client.Heard.Select(heard => heard.Version).SequenceEqual(ought)) continue;
            wrong += Math.Max(1, Math.Abs(client.Heard.Count - ought.Count));
        }
        return wrong;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_following);
    }
}
