using System.Diagnostics;
using Npgsql;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>C7: a long history, folded, looked into and rolled back.</summary>
public static class PastPart
{
    private static readonly (string Key, int From, int Span)[] Knobs = [("lane.batchCap", 500, 500), ("lane.window", 1, 16), ("checkpoint.every", 1_000, 5_000), ("intake.prefetch", 10, 90)];

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, TimeProvider time, CancellationToken cancel)
    {
        var (count, looks, rollbacks) = brief ? (2_000, 20, 5) : (100_000, 1_000, 300);
        var begin = time.GetUtcNow().AddSeconds(-count);
        var history = History(count, begin);

        var fold = Stopwatch.StartNew();
        var rounds = 0;
        SettingsState folded;
        do
        {
            folded = history.Aggregate(SettingsState.Initial, SettingsState.Evolve);
            rounds++;
        }
        while (fold.Elapsed < TimeSpan.FromSeconds(brief ? 0.1 : 3));
        var perSecond = rounds * count / fold.Elapsed.TotalSeconds;

        await using var database = await servers.CopyAsync(cancel);
        await using var data = NpgsqlDataSource.Create(database.ConnectionString);
        await ConfigProcess.MigrateAsync(servers, database, cancel);
        await using var store = SettingsStore.Open(data);
        foreach (var page in history.Chunk(1_000))
        {
            await using var session = store.LightweightSession();
            session.Events.Append(SettingsChange.Stream, page[^1].Version, page.Cast<object>());
            await session.SaveChangesAsync(cancel);
        }
        await ArmDatabase.ExecuteAsync(database.Data, "analyze", cancel);

        var log = new SettingsLog(store);
        var cold = Stopwatch.StartNew();
        var right = (await log.ReadAsync(cancel)).State.Values.Hash == folded.Values.Hash;
        cold.Stop();
        var random = new Random(7);
        var (byVersion, byMoment) = (new List<double>(), new List<double>());
        for (var i = 0; i < looks; i++)
        {
            var version = random.Next(0, count + 1);
            var clock = Stopwatch.StartNew();
            var then = (await log.AtAsync(version, cancel))?.State;
            byVersion.Add(clock.Elapsed.TotalMilliseconds);
            clock.Restart();
            var same = (await log.AtAsync(begin.AddSeconds(version).AddMilliseconds(500), cancel)).State;
            byMoment.Add(clock.Elapsed.TotalMilliseconds);
            right &= then is not null && then.Version == version && same.Values.Hash == then.Values.Hash;
        }

        var start = Stopwatch.StartNew();
        await using var config = await ConfigProcess.StartAsync(servers, database, cancel);
        start.Stop();
        var back = new List<double>();
        for (var i = 0; i < rollbacks; i++)
        {
            var clock = Stopwatch.StartNew();
            await config.Operator.RollBackAsync(new RollBackSettings(random.Next(count / 2, count), "benchmark"), cancel);
            back.Add(clock.Elapsed.TotalMilliseconds);
        }
        if (!right) throw new CommandFailed(ExitCode.Failed, "The past that was read is not the past that was written.");
        return new PartResult(
            "past", $"{count:#,0} changes of {Knobs.Length} settings. Fold: in memory, one after the other. As of: {looks} versions and {looks} moments at random, from the store through the timeline. Rollback: {rollbacks} to a random version, by HTTP, answered when committed.",
            [
                new Finding("C7", "changes folded in memory", ">= 1 M/s", $"{perSecond / 1e6:0.00} M/s", perSecond >= 1e6, "none publishes a figure"),
                new Finding("C7", $"settings as of a version of {count:#,0}", "<= 50 ms", Shown(Finding.Of(byVersion)), Finding.Of(byVersion).P99 <= 50),
                new Finding("C7", $"settings as of a moment of {count:#,0} changes", "<= 50 ms", Shown(Finding.Of(byMoment)), Finding.Of(byMoment).P99 <= 50),
                new Finding("C7", "reading and folding all of it, cold", "", $"{Number(cold.Elapsed.TotalSeconds)} s"),
                new Finding("C7", "a ConfigService with that history: from the start of its process until it is ready", "", $"{Number(start.Elapsed.TotalSeconds)} s"),
                new Finding("C7", "roll back, by HTTP", "p99 <= 100 ms", Shown(Finding.Of(back)), Finding.Of(back).P99 <= 100, "AppConfig: windows of 1 to 30 minutes"),
            ]);
    }

    private static List<SettingsChange> History(int count, DateTimeOffset begin)
    {
        var random = new Random(1);
        var state = SettingsState.Initial;
        var history = new List<SettingsChange>(count);
        for (var version = 1; version <= count; version++)
        {
            var (key, from, span) = Knobs[random.Next(Knobs.Length)];
            var scope = random.Next(10) == 0 ? $"instance:processor-{random.Next(1, 9)}" : SettingsScope.Fleet;
            var item = new SettingItem(scope, key, SettingValue.Of(from + random.Next(span)), state.Values.Find(scope, key));
            var change = new SettingsChange(version, begin.AddSeconds(version), "bench", "benchmark", [item]);
            history.Add(change);
            state = SettingsState.Evolve(state, change);
        }
        return history;
    }
}
