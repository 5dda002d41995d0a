using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.ConfigService.Lanes;

/// <param name="Weight">size, 1 or more</param>
public sealed record LaneProcessor(string Instance, int Weight);

/// <summary>
/// Shares lanes out by weight with the fewest moves. Pure, and the same for the same input in whatever order it comes, so
/// that any number of ConfigServices plan alike.
/// </summary>
public static class LanePlanner
{
    /// <summary>
    /// Each processor gets its weighted share of the lanes, rounded down or up by the largest remainder; where remainders are
    /// equal, who has the lanes keeps them. What a processor has too many of goes, in the order of the lanes, to those who
    /// have too few.
    /// </summary>
    /// <param name="present">each instance once; none: there is nothing to plan</param>
    /// <param name="ownerNow">who has a lane now, present or not; null: nobody that is known</param>
    public static LanePlan Plan(IEnumerable<LaneProcessor> present, int lanes, Func<int, string?> ownerNow)
    {
        LaneProcessor[] processors = [.. present.OrderBy(processor => processor.Instance, StringComparer.Ordinal)];
        if (processors.Length == 0) return LanePlan.None;
        var held = processors.ToDictionary(processor => processor.Instance, _ => new Queue<int>(), StringComparer.Ordinal);
        var free = new List<int>();
        for (var lane = 0; lane < lanes; lane++)
        {
            if (ownerNow(lane) is { } owner && held.TryGetValue(owner, out var had)) had.Enqueue(lane);
            else free.Add(lane);
        }

        var shares = Shares(processors, lanes, instance => held[instance].Count);
        var owners = new Dictionary<int, string>();
        foreach (var processor in processors)
        {
            var keeps = held[processor.Instance];
            for (var kept = Math.Min(keeps.Count, shares[processor.Instance]); kept > 0; kept--) owners[keeps.Dequeue()] = processor.Instance;
            free.AddRange(keeps);
            shares[processor.Instance] -= owners.Count(owned => owned.Value == processor.Instance);
        }
        foreach (var lane in free.Order())
        {
            var next = processors.MaxBy(processor => shares[processor.Instance])!.Instance; // the first of those that lack most
            owners[lane] = next;
            shares[next]--;
        }
        return LanePlan.Of(owners);
    }

    private static Dictionary<string, int> Shares(LaneProcessor[] processors, int lanes, Func<string, int> has)
    {
        var weights = processors.Sum(processor => (long)processor.Weight);
        var shares = processors.ToDictionary(processor => processor.Instance, processor => (int)(lanes * (long)processor.Weight / weights), StringComparer.Ordinal);
        var roundedUp = processors
            .OrderByDescending(processor => lanes * (long)processor.Weight % weights)
            .ThenByDescending(processor => has(processor.Instance) > shares[processor.Instance])
            .ThenBy(processor => processor.Instance, StringComparer.Ordinal)
            .Take(lanes - shares.Values.Sum())
            .ToList();
        foreach (var processor in roundedUp) shares[processor.Instance]++;
        return shares;
    }
}
