using System.Collections.Concurrent;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>Many ask at once: each gets the decision it asked for, on top of those before it, and what is stored is told once, whoever is still there to hear the answer.</summary>
public sealed class DecisionsAreStoredTogether(Servers servers) : IClassFixture<Servers>
{
    private const int Asked = 200;
    private static readonly FleetFacts Fleet = new([], Lanes: 8, DatabaseConnections: 300);

    [Fact]
    public async Task Each_has_its_own_version_and_several_share_a_transaction()
    {
        await using var open = await OpenAsync();
        var (log, told, before) = (open.Log, open.Told, open.Log.LastRead.State.Version);
        var answers = await Task.WhenAll(Enumerable.Range(0, Asked).Select(i => Task.Run(() => log.DecideAsync(situation => Decide(situation, i), default))));
        for (var i = 0; i < Asked; i++)
        {
            var change = Assert.IsType<SettingsDecision.Changed>(answers[i].Decision).Change;
            Assert.Equal((change.Version, Value(i)), (answers[i].State.Version, answers[i].State.Values.Find("fleet", "lane.batchCap")));
        }
        Assert.Equal(Versions(before, Asked), answers.Select(answer => answer.State.Version).Order());
        Assert.Equal(Versions(before, Asked), told.SelectMany(changes => changes));
        Assert.True(told.Count < Asked / 2, $"{Asked} decisions took {told.Count} transactions.");
        Assert.Equal(Versions(before, Asked), (await log.HistoryAsync(before, SettingsLog.MaxHistory, default)).Select(change => change.Version));
    }

    [Fact]
    public async Task Who_leaves_while_it_is_stored_is_told_of_all_the_same()
    {
        await using var open = await OpenAsync();
        var (log, told, before) = (open.Log, open.Told, open.Log.LastRead.State.Version);
        var ends = await Task.WhenAll(Enumerable.Range(0, Asked).Select(i => Task.Run(async () =>
        {
            using var leaves = new CancellationTokenSource();
            try
            {
                await log.DecideAsync(situation =>
                {
                    leaves.Cancel();
                    return Decide(situation, i);
                }, leaves.Token);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        })));
        Assert.Contains(false, ends); // decided by another, they did not wait for its end
        var stored = (await log.HistoryAsync(before, SettingsLog.MaxHistory, default)).Select(change => change.Version).ToList();
        Assert.Equal(Asked, stored.Count);
        Assert.Equal(stored, told.SelectMany(changes => changes));
    }

    [Fact]
    public async Task Who_left_before_it_is_looked_at_is_not_decided()
    {
        await using var open = await OpenAsync();
        var before = open.Log.LastRead.State.Version;
        using var left = new CancellationTokenSource();
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open.Log.DecideAsync(situation => Decide(situation, 1), left.Token));
        await open.Log.DecideAsync(situation => Decide(situation, 2), default);
        Assert.Equal(Value(2), Assert.Single(await open.Log.HistoryAsync(before, SettingsLog.MaxHistory, default)).Items[0].Value);
    }

    [Fact]
    public async Task Who_cannot_decide_harms_nobody_beside_it()
    {
        await using var open = await OpenAsync();
        var before = open.Log.LastRead.State.Version;
        var failed = new ConcurrentBag<int>();
        await Task.WhenAll(Enumerable.Range(0, Asked).Select(i => Task.Run(async () =>
        {
            try
            {
                await open.Log.DecideAsync(situation => i % 4 == 0 ? throw new InvalidOperationException($"{i}") : Decide(situation, i), default);
            }
            catch (InvalidOperationException e) when (e.Message == $"{i}")
            {
                failed.Add(i);
            }
        })));
        Assert.Equal(Enumerable.Range(0, Asked).Where(i => i % 4 == 0), failed.Order());
        Assert.Equal(Versions(before, Asked * 3 / 4), open.Told.SelectMany(changes => changes));
    }

    private static SettingsDecision Decide(SettingsSituation situation, int i) => SettingsDecider.Decide(
        situation, new ChangeSettings(new Dictionary<string, SettingValue?> { ["lane.batchCap"] = Value(i) }, "one of many"), Fleet, null, "anna", TimeProvider.System.GetUtcNow(), approval: false);

    private static SettingValue Value(int i) => SettingValue.Of(10 + i);

    private static IEnumerable<long> Versions(long after, int count) => Enumerable.Range(1, count).Select(i => after + i);

    private async Task<OpenLog> OpenAsync()
    {
        var options = servers.Options("config-1");
        await SettingsStore.MigrateAsync(options, default);
        var data = options.DataSource("test", 5, null);
        var store = SettingsStore.Open(data);
        var log = new SettingsLog(store);
        await log.DecideAsync(situation => Decide(situation, -1), default); // whatever a test before left
        return new OpenLog(log, data, store);
    }

    private sealed class OpenLog : IAsyncDisposable
    {
        private readonly IAsyncDisposable _data, _store;

        public OpenLog(SettingsLog log, IAsyncDisposable data, IAsyncDisposable store)
        {
            (Log, _data, _store) = (log, data, store);
            log.Committed += (changes, _) => Told.Enqueue([.. changes.Select(change => change.Version)]);
        }

        public SettingsLog Log { get; }

        /// <summary>Versions, transaction by transaction.</summary>
        public ConcurrentQueue<long[]> Told { get; } = new();

        public async ValueTask DisposeAsync()
        {
            await _store.DisposeAsync();
            await _data.DisposeAsync();
        }
    }
}
