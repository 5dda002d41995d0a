using Marten;
using Npgsql;
using NpgsqlTypes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>C4 and C8: settings changed while everybody plays. In force by the processor's own receipts.</summary>
public static class LoadPart
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100), BetweenReOpens = TimeSpan.FromMilliseconds(1_500), PauseLength = TimeSpan.FromMilliseconds(20), Settle = TimeSpan.FromSeconds(3);

    /// <summary>Of the closed loop's rate: where a fleet runs that has room left.</summary>
    private const double MiddleLoad = 0.3;

    /// <summary>Of the same, measured before it: does more room help?</summary>
    private static readonly double[] LighterLoads = [0.05, 0.15];

    /// <summary>Knobs that are in force with the next batch, at values that cost no throughput by themselves: fewer commits at once, for one, would be larger and cheaper.</summary>
    private static readonly (string Key, int[] Values)[] AtOnce =
        [("lane.concurrency", [2, 3]), ("lane.window", [16, 15, 14]), ("lane.batchCap", [1024, 1000, 960]), ("lane.pace", [5, 4])];

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, DateTimeOffset at, TimeProvider time, CancellationToken cancel)
    {
        var (pairs, actions, reOpens, pauses, middle) = brief ? (1, 5_000, 2, 2, TimeSpan.FromSeconds(2)) : (10, 100_000, 20, 100, TimeSpan.FromSeconds(60));
        await using var arm = await LoadedArm.StartAsync(servers, brief ? 1_000 : 30_000, at, time, cancel);
        var begin = (await arm.Config.Operator.GetAsync(cancel)).Version;
        var changes = 0;
        var lanes = new List<double>(); // ms each re-opening of a lane took
        var (dips, quietRates) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < pairs; pair++)
        {
            var first = pair % 2 == 0 ? await arm.ClosedAsync(actions, cancel) : default;
            var changed = await WhileAsync(done => ChangeAsync(done), () => arm.ClosedAsync(actions, cancel), cancel);
            var quiet = pair % 2 == 0 ? first : await arm.ClosedAsync(actions, cancel);
            dips.Add(1 - changed.PerSecond / quiet.PerSecond);
            quietRates.Add(quiet.PerSecond);
            Screen.Note($"  {quiet.PerSecond:#,0} actions/s, {changed.PerSecond:#,0} with changes");
        }
        var afterChanges = (await arm.Config.Operator.GetAsync(cancel)).Version;
        var rate = Math.Round(quietRates.Order().ElementAt(quietRates.Count / 2) * MiddleLoad);
        var lighter = new List<(double Rate, long After, long UpTo)>();
        foreach (var load in LighterLoads)
        {
            var (after, less) = ((await arm.Config.Operator.GetAsync(cancel)).Version, Math.Round(rate * load / MiddleLoad));
            await WhileAsync(ChangeAsync, () => arm.OpenAsync(less, middle, cancel), cancel);
            lighter.Add((less, after, (await arm.Config.Operator.GetAsync(cancel)).Version));
        }
        var beforeMiddle = (await arm.Config.Operator.GetAsync(cancel)).Version;
        await WhileAsync(ChangeAsync, () => arm.OpenAsync(rate, middle, cancel), cancel);
        var afterMiddle = (await arm.Config.Operator.GetAsync(cancel)).Version;

        await WhileAsync(PauseAsync, () => arm.OpenAsync(rate, pauses * (Between + PauseLength), cancel), cancel);
        var afterPauses = (await arm.Config.Operator.GetAsync(cancel)).Version;
        await WhileAsync(ReOpenAsync, () => arm.OpenAsync(rate, 2 * reOpens * BetweenReOpens, cancel), cancel);
        var afterReOpens = (await arm.Config.Operator.GetAsync(cancel)).Version;
        var (costs, costing) = await CostsAsync(brief ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(20));
        await arm.SetAsync("log.level", SettingValue.Of("information"), cancel);
        var end = (await arm.Config.Operator.GetAsync(cancel)).Version;
        await arm.Config.SettledAsync(end - 1, end, cancel);

        var books = await arm.CheckAsync(cancel);
        var receipts = await ReceiptsAsync(arm, cancel);
        var atOnce = In(begin, afterChanges);
        var inMiddle = In(beforeMiddle, afterMiddle);
        var paused = In(afterMiddle, afterPauses);
        var reOpened = receipts.Where(receipt => receipt.Version > afterPauses && receipt.Version <= afterReOpens && receipt.ElapsedMs > 5).Select(receipt => receipt.ElapsedMs).ToList();
        var (stamped, versions, backwards) = await StampsAsync(arm, cancel);
        var dip = Spread.Of(dips);
        return new PartResult(
            "load", $"One processor at its closed-loop rate, then at {MiddleLoad:0%} of it, {pairs} interleaved pairs of {actions} actions; {changes} changes by HTTP, one every {Between.TotalMilliseconds:0} ms. In force = receipt's time from arrival in the process. Books: {books}.",
            [
                new Finding("C4", $"concurrency, window, batch cap, pace: in force, at {rate:#,0} actions/s", "p99 <= 5 ms", Shown(inMiddle), inMiddle.P99 <= 5, "MassTransit endpoint restart 51 ms"),
                .. lighter.Select(load => new Finding("C4", $"the same at {load.Rate:#,0} actions/s", "", Shown(In(load.After, load.UpTo)))),
                new Finding("C4", $"pause and resume: in force, at {rate:#,0} actions/s", "p99 <= 5 ms", Shown(paused), paused.P99 <= 5),
                new Finding("C4", "concurrency, window, batch cap, pace: in force, in a closed loop", "", Shown(atOnce)),
                new Finding("C4", $"throughput dip, {changes} changes, 0 lost, 0 doubled, order kept", "<= 5 %", $"{Percent(-dip.Median)} ({Percent(-dip.Most)} to {Percent(-dip.Least)})", dip.Median <= 0.05),
                new Finding("C4", "what one of these changes costs all processes, the operator's too, without any load", "", $"{Number(costs.Values.Sum())} ms of a core: {string.Join(", ", costs.Select(cost => $"{cost.Key} {Number(cost.Value)}"))} ({costing} changes)"),
                new Finding("C4", $"lane.prefetch: an ordered lane re-opened, {lanes.Count} times, at {rate:#,0} actions/s", "p99 <= 1 s", Shown(Finding.Of(lanes)), Finding.Of(lanes).P99 <= 1_000, "MassTransit endpoint restart: 60 redelivered"),
                new Finding("C4", $"lane.prefetch, {reOpened.Count} times: the last of all {servers.Box.Lanes} lanes, by the receipt", "", Shown(Finding.Of(reOpened))),
                new Finding("C8", "stored events that name the settings version they were handled under", "all", $"{stamped} of {books.Events}, {versions} versions, {backwards} backwards within a hunt", stamped == books.Events && backwards == 0, "nobody"),
            ]);

        Measure.Latencies In(long after, long upTo) => Finding.Of(receipts.Where(receipt => receipt.Version > after && receipt.Version <= upTo).Select(receipt => receipt.ElapsedMs));

        async Task ChangeAsync(CancellationToken done)
        {
            for (var i = 0; ; i++)
            {
                var (key, values) = AtOnce[i % AtOnce.Length];
                await arm.SetAsync(key, SettingValue.Of(values[i / AtOnce.Length % values.Length]), cancel);
                changes++;
                await Task.Delay(Between, done);
            }
        }

        // Milliseconds of processor time a change costs each process: what it uses with changes, less what it uses without, before and after them.
        async Task<(Dictionary<string, double> Each, int Changes)> CostsAsync(TimeSpan length)
        {
            var without = await UsedAsync(done => Task.Delay(Timeout.Infinite, done), length);
            var before = changes;
            var with = await UsedAsync(ChangeAsync, length);
            var made = changes - before;
            var again = await UsedAsync(done => Task.Delay(Timeout.Infinite, done), length);
            return (with.ToDictionary(used => used.Key, used => (used.Value - (without[used.Key] + again[used.Key]) / 2).TotalMilliseconds / made), made);
        }

        async Task<Dictionary<string, TimeSpan>> UsedAsync(Func<CancellationToken, Task> beside, TimeSpan length)
        {
            await Task.Delay(Settle, cancel);
            var before = arm.Cpu();
            await WhileAsync(beside, async () => { await Task.Delay(length, cancel); return true; }, cancel);
            await Task.Delay(Settle, cancel); // its receipts are stored and settled later
            return arm.Cpu().ToDictionary(used => used.Key, used => used.Value - before[used.Key]);
        }

        async Task PauseAsync(CancellationToken done)
        {
            for (var i = 0; i < pauses; i++)
            {
                await arm.SetAsync("lane.paused", SettingValue.Of(true), cancel);
                await Task.Delay(PauseLength, cancel);
                await arm.SetAsync("lane.paused", SettingValue.Of(false), cancel);
                await Task.Delay(Between, cancel);
            }
        }

        async Task ReOpenAsync(CancellationToken done)
        {
            var seen = (await arm.LanesAsync(cancel)).ToDictionary(lane => lane.Lane, lane => lane.Reopened.Times);
            for (var i = 0; i < reOpens && !done.IsCancellationRequested; i++) // only under load
            {
                await arm.SetAsync("lane.prefetch", SettingValue.Of(i % 2 == 0 ? 24 : 16), cancel);
                await Task.Delay(BetweenReOpens, cancel);
                IReadOnlyList<ChildLane> now;
                while ((now = await arm.LanesAsync(cancel)).Any(lane => lane.Reopened.Times <= seen[lane.Lane])) await Task.Delay(Between, cancel); // the slow ones count too
                lanes.AddRange(now.Select(lane => lane.Reopened.LastMs));
                seen = now.ToDictionary(lane => lane.Lane, lane => lane.Reopened.Times);
            }
        }
    }

    /// <summary>Does something beside a load; ends when both have.</summary>
    public static async Task<T> WhileAsync<T>(Func<CancellationToken, Task> beside, Func<Task<T>> load, CancellationToken cancel)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = Task.Run(() => beside(done.Token), CancellationToken.None);
        var result = await load();
        await done.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
        }
        return result;
    }

    private static async Task<IReadOnlyList<SettingsReceipt>> ReceiptsAsync(LoadedArm arm, CancellationToken cancel)
    {
        await using var store = SettingsStore.Open(NpgsqlDataSource.Create(arm.Database.ConnectionString));
        await using var session = store.QuerySession();
        return [.. (await session.Events.FetchStreamAsync(SettingsReceipt.StreamOf("processor-1"), token: cancel)).Select(stored => (SettingsReceipt)stored.Data)];
    }

    private static async Task<(long Stamped, long Versions, long Backwards)> StampsAsync(LoadedArm arm, CancellationToken cancel)
    {
        await using var command = arm.Database.Data.CreateCommand(
            """
            with stamps as (select stream_id, version, (data->'stamp'->>'settingsVersion')::bigint as settings from hunts.mt_events where data->'stamp'->>'processor' = 'processor-1'),
                 steps as (select settings, settings < lag(settings) over (partition by stream_id order by version) as back from stamps)
            select count(settings), count(distinct settings), count(*) filter (where back) from steps
            """);
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }
}
