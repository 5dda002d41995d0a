using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Soak;

/// <summary>What was sent to one database, as 16 bytes an action. It is checked wave by wave, for waves share no hunt. Not thread-safe.</summary>
public sealed class SentBooks(SoakPlan plan)
{
    private readonly SortedDictionary<int, List<Guid>> _waves = [];

    public long Count => _waves.Values.Sum(wave => (long)wave.Count);

    public void Add(int wave, IReadOnlyCollection<AcceptedAction> actions)
    {
        if (!_waves.TryGetValue(wave, out var sent)) _waves[wave] = sent = new List<Guid>(plan.ActionsPerWave);
        sent.AddRange(actions.Select(Conservation.EventIdOf));
    }

    /// <param name="seed">sequence number of the last event that is not an action</param>
    public async Task<Conservation> CheckAsync(IArm arm, long seed, CancellationToken cancel)
    {
        var (waiting, givenUp) = await arm.QueuesAsync(cancel);
        var sum = new Conservation(0, 0, 0, 0, 0, 0, 0, arm.KeepsOrder, waiting, givenUp, new Dictionary<string, long>());
        foreach (var (wave, ids) in _waves)
        {
            var streams = Enumerable.Range(wave * plan.HuntsPerWave, plan.HuntsPerWave).Select(hunt => FactReader.StreamKey(BenchHunts.Hunt(hunt))).ToArray();
            sum = sum.With(await Conservation.CheckAsync(arm.Database, ids, streams, seed, arm.KeepsOrder, waiting: 0, givenUp: 0, cancel));
        }
        var elsewhere = await arm.Database.EventsAsync(seed, cancel) - sum.Events; // in hunts that nobody was sent to
        return sum with { Events = sum.Events + elsewhere, Foreign = sum.Foreign + elsewhere };
    }
}
