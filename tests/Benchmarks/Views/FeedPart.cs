using System.Globalization;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Views;

/// <summary>P5: from the commit to a client's connection, at the highest load with few who look, and with thousands of them, some of whom do not read.</summary>
public static class FeedPart
{
    private const int Seed = 20261126, Hunts = 400, NarrowBytes = 4_096;

    /// <summary>Whose board is looked at: often played, but not so often that its teams have found all before the load is over.</summary>
    private static readonly string Looked = BenchHunts.Hunt(20);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2), LastFact = TimeSpan.FromSeconds(60);

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, DateTimeOffset at, TimeProvider time, CancellationToken cancel)
    {
        var (few, warmUp, closed, many, slow, rate, length) =
            brief ? (10, 1_000, 3_000, 100, 3, 200, TimeSpan.FromSeconds(5)) : (20, 20_000, 60_000, 2_000, 20, 300, TimeSpan.FromSeconds(30));
        await using var arm = await LanesArm.StartAsync(servers, BenchArms.Lanes, cancel);
        await using var ingress = await IngressProcess.StartAsync(servers, arm.Database, cancel);
        using var narrow = ingress.Client(NarrowBytes);
        var source = new ActionSource(Hunts, Seed, at, servers.Seal);
        var sent = new List<AcceptedAction>();
        await ClosedLoop.RunAsync(arm, Take(warmUp), servers.SeedEvents, 0, time, cancel);

        // as fast as it goes, with few who look
        await using var first = new Crowd(ingress, time);
        await first.JoinAsync(few, slow: 0, narrow, cancel);
        using var stopLooking = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var looking = Task.Run(() => LookAsync(ingress, time, stopLooking.Token), cancel);
        var busyFrom = time.GetUtcNow();
        var busy = await ClosedLoop.RunAsync(arm, Take(closed), servers.SeedEvents, sent.Count - closed, time, cancel);
        var stored = await StoredFacts.ReadAsync(arm.Database, servers.SeedEvents, cancel);
        await first.HeardAllAsync(stored, LastFact, cancel);
        await Task.Delay(50 * Look, time, cancel);
        await stopLooking.CancelAsync();
        var looks = await looking;
        var busyFeed = first.Latencies(stored, busyFrom);
        var board = Of(Seen(looks, stored.Of(Looked), busyFrom));
        await first.DisposeAsync();

        // many who look, and some who do not read
        var alone = ingress.Megabytes;
        await using var crowd = new Crowd(ingress, time);
        await crowd.JoinAsync(many, slow, narrow, cancel);
        var connected = ingress.Megabytes;
        var from = time.GetUtcNow();
        var open = await OpenLoop.RunAsync(arm, Take((int)(rate * length.TotalSeconds)), Arrivals.Even(rate), time, cancel);
        stored = await StoredFacts.ReadAsync(arm.Database, servers.SeedEvents, cancel);
        await crowd.HeardAllAsync(stored, LastFact, cancel);
        var after = ingress.Megabytes;
        var feed = crowd.Latencies(stored, from);
        var delivered = crowd.Delivered;
        crowd.SlowOnesRead();
        await crowd.HeardAllAsync(stored, LastFact, cancel, slowToo: true);
        var told = first.Wrong(stored) + crowd.Wrong(stored);
        var books = await Conservation.CheckAsync(arm, sent, servers.SeedEvents, cancel);
        if (!books.Holds) throw new CommandFailed(ExitCode.Failed, $"NOT CONSERVED: {books}");

        return new PartResult(
            "feed",
            $"One processor, one ingress for those who look, {Hunts} hunts (Zipf); clients with live=true, spread over the hunts as the actions are. From the beginning of the commit to the client's own clock, so with the commit, "
                + $"broker, ingress and the client's reading. Generator and clients run on the same cores. Open loop: outcome {Shown(open.Latency)}. Books: {books}.",
            [
                new Finding("P5", $"commit to board, looked at every {Look.TotalMilliseconds:0} ms, at {busy.PerSecond:#,0} actions/s", "p99 <= 100 ms", Shown(board), board.P99 <= 100, "CTFd 0.5 s; Marten daemon slow poll 1 s"),
                new Finding("P5", $"commit to feed, {few} clients, at {busy.PerSecond:#,0} actions/s", "p99 <= 50 ms", Shown(busyFeed), busyFeed.P99 <= 50),
                new Finding("P5", $"commit to feed, {many} clients, {rate} actions/s, {delivered / length.TotalSeconds:#,0} facts/s told", "p99 <= 50 ms", Shown(feed), feed.P99 <= 50),
                new Finding("P5", $"facts missing, repeated or out of order among {first.Clients + crowd.Clients} clients, {slow} of whom read nothing for {length.TotalSeconds:0} s", "0", $"{told}", told == 0),
                new Finding("", "of those, cut off meanwhile and come back to their place", "", $"{crowd.SlowBack} of {slow}"),
                new Finding("", "RSS of the ingress: alone, with all connected, after", "", $"{Number(alone)}, {Number(connected)}, {Number(after)} MB"),
            ]);

        AcceptedAction[] Take(int count)
        {
            var taken = source.Take(count);
            sent.AddRange(taken);
            return taken;
        }
    }

    /// <summary>A hunt's board again and again: the version it reflects, and when it was here.</summary>
    private static async Task<List<(long Version, DateTimeOffset At)>> LookAsync(IngressProcess ingress, TimeProvider time, CancellationToken stop)
    {
        var looks = new List<(long, DateTimeOffset)>();
        try
        {
            while (true)
            {
                using var request = ingress.Get($"/hunts/{Looked}/board?top=50", "looker");
                using var answer = await ingress.Http.SendAsync(request, stop);
                looks.Add((long.Parse(answer.Headers.GetValues("Hunt-Version").Single(), CultureInfo.InvariantCulture), time.GetUtcNow()));
                await Task.Delay(Look, time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return looks;
        }
    }

    private static IEnumerable<double> Seen(List<(long Version, DateTimeOffset At)> looks, IReadOnlyList<(long Version, DateTimeOffset At)> stored, DateTimeOffset from)
    {
        var look = 0;
        foreach (var (version, at) in stored.Where(fact => fact.At >= from))
        {
            while (look < looks.Count && looks[look].Version < version) look++;
            if (look == looks.Count) throw new CommandFailed(ExitCode.Failed, $"The board never reached version {version}.");
            yield return (looks[look].At - at).TotalMilliseconds;
        }
    }
}
