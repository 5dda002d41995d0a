using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Soak;

/// <summary>
/// The actions of the run, in waves that play hunts of their own: what becomes of actions is the same at the end as at the beginning, although teams find
/// all their treasures. A wave can be made more than once, and gives the same actions. Ids rise from wave to wave.
/// </summary>
public sealed class SoakWaves(SoakPlan plan, DateTimeOffset start, Seal seal)
{
    private const int Seed = 20261128;

    private readonly ActionSource _old = new(1, Seed - 1, start, seal, firstPlace: plan.Hunts / plan.HuntsPerWave * plan.ActionsPerWave);

    public ActionSource Of(int wave) =>
        new(plan.HuntsPerWave, Seed + wave, start, seal, firstHunt: wave * plan.HuntsPerWave, firstPlace: wave * plan.ActionsPerWave);

    /// <summary>One more action of the hottest hunt of the first wave.</summary>
    public AcceptedAction Old() => _old.Take(1)[0];

    /// <summary>The actions of the soak in slices of at most a second, made as they are asked for.</summary>
    public IEnumerable<(int Wave, AcceptedAction[] Actions)> Slices()
    {
        for (var wave = 0; wave < plan.SoakWaves; wave++)
        {
            var source = Of(wave);
            for (int taken = 0, all = Math.Min(plan.ActionsPerWave, plan.Actions - wave * plan.ActionsPerWave), count; taken < all; taken += count)
            {
                count = Math.Min(plan.Rate, all - taken);
                yield return (wave, source.Take(count));
            }
        }
    }
}
