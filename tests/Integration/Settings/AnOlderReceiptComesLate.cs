using Marten;
using Npgsql;
using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Integration.Storage;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>
/// Two ConfigServices share one queue of receipts, so what an instance said first may be taken in last, or by both at once. What it said last stands all the same.
/// </summary>
public sealed class AnOlderReceiptComesLate(Servers servers) : IClassFixture<Servers>
{
    private static readonly DateTimeOffset Began = new(2026, 11, 23, 4, 0, 0, TimeSpan.Zero);

    /// <summary>Both are in the middle of it when the first of them is let go on: each has looked at what is known already, if it may look at all.</summary>
    /// <param name="isRepetition">the older one only says again what is known; nothing is appended for it, so that no stream tells that it is late</param>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_an_instance_said_last_stands_when_both_take_it_in_at_once(bool isRepetition, bool newerFirst)
    {
        var instance = $"processor-{(isRepetition ? 2 : 0) + (newerFirst ? 1 : 0)}";
        var options = servers.Options("config-1");
        await using var one = await TakerAsync(options);
        await using var other = await TakerAsync(options with { Instance = "config-2" });
        await one.Log.TakeAsync([Said(instance, 1)], default);
        var (older, newer) = (isRepetition ? Repeated(instance, 1) : Said(instance, 2), Said(instance, 3));

        Task taken;
        await using (await LockedTable.LockAsync(options, "settings.mt_doc_latest_receipt", "share row exclusive")) // reads pass
        {
            var first = one.Log.TakeAsync([newerFirst ? newer : older], default);
            await LockedTable.WaitedForAsync(options, sessions: 1);
            var second = other.Log.TakeAsync([newerFirst ? older : newer], default);
            await LockedTable.WaitedForAsync(options, sessions: 2);
            taken = Task.WhenAll(first, second);
        }
        await taken;
        Assert.Equal((3, newer.At), Assert.Single(await LatestAsync(one), latest => latest.Key == instance).Value);
        Assert.Equal(isRepetition ? [1L, 3] : [1L, 2, 3], await AnsweredAsync(other, instance));
    }

    [Fact]
    public async Task What_stands_never_goes_back_while_both_take_in_what_comes()
    {
        const int answers = 150;
        string[] instances = ["ingress-1", "ingress-2", "ingress-3"];
        var options = servers.Options("config-1");
        await using var one = await TakerAsync(options);
        await using var other = await TakerAsync(options with { Instance = "config-2" });
        // In order, what is said again among it, dealt to both by chance; each takes in what it has got by now.
        var random = new Random(1);
        var dealt = Enumerable.Range(1, answers).SelectMany(version => instances.SelectMany(instance => new[] { Said(instance, version), Repeated(instance, version) }))
            .ToLookup(_ => random.Next(2));
        var taking = Task.WhenAll(TakeAsync(one, dealt[0], seed: 2), TakeAsync(other, dealt[1], seed: 3));

        var stood = new Dictionary<string, (long Version, DateTimeOffset At)>();
        var steps = 0;
        for (var isLast = false; !isLast;)
        {
            isLast = taking.IsCompleted;
            foreach (var (instance, latest) in await LatestAsync(one))
            {
                if (!instances.Contains(instance)) continue;
                var before = stood.GetValueOrDefault(instance);
                Assert.True(latest.At >= before.At, $"{instance} said {latest} last, and {before} before.");
                if (latest.At > before.At) steps++;
                stood[instance] = latest;
            }
        }
        await taking;
        Assert.InRange(steps, 2 * instances.Length, answers * instances.Length); // it was looked at in between too
        Assert.All(instances, instance => Assert.Equal((answers, Said(instance, answers).At), stood[instance]));
        foreach (var instance in instances)
            Assert.Equal(Enumerable.Range(1, answers).Select(version => (long)version), await AnsweredAsync(one, instance)); // none is missing
    }

    private static async Task TakeAsync(Taker taker, IEnumerable<SettingsReceipt> said, int seed)
    {
        var random = new Random(seed);
        for (var rest = said.ToList(); rest.Count > 0;)
        {
            var batch = rest[..Math.Min(rest.Count, random.Next(1, 9))];
            rest.RemoveRange(0, batch.Count);
            await taker.Log.TakeAsync(batch, default);
        }
    }

    private static SettingsReceipt Said(string instance, int version) => new(
        instance, "processors", version, version, ReceiptStatus.Applied, new Dictionary<string, SettingValue> { ["lane.window"] = SettingValue.Of(4) }, Began.AddSeconds(version), 1);

    private static SettingsReceipt Repeated(string instance, int version) => Said(instance, version) with { Seen = Began.AddSeconds(version + 0.5) };

    private static async Task<Dictionary<string, (long Version, DateTimeOffset At)>> LatestAsync(Taker taker) =>
        (await taker.Log.LatestAsync(default)).ToDictionary(receipt => receipt.Instance, receipt => (receipt.Version, receipt.At));

    /// <summary>The versions an instance answered, each once.</summary>
    private static async Task<IReadOnlyList<long>> AnsweredAsync(Taker taker, string instance)
    {
        await using var session = taker.Store.QuerySession();
        return [.. (await session.Events.FetchStreamAsync(SettingsReceipt.StreamOf(instance))).Select(stored => ((SettingsReceipt)stored.Data).Version).Distinct().Order()];
    }

    private static async Task<Taker> TakerAsync(HuntOptions options)
    {
        await SettingsStore.MigrateAsync(options, default);
        var data = options.DataSource("test", 3, null);
        return new Taker(data, SettingsStore.Open(data));
    }

    /// <summary>What a ConfigService takes receipts in with.</summary>
    private sealed record Taker(NpgsqlDataSource Data, DocumentStore Store) : IAsyncDisposable
    {
        public ReceiptLog Log { get; } = new(Store, StoreCalls.Straight);

        public async ValueTask DisposeAsync()
        {
            await Store.DisposeAsync();
            await Data.DisposeAsync();
        }
    }
}
