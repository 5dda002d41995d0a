using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Contracts.Views;

/// <summary>How one treasure stands. Changed by <see cref="Standings"/> alone.</summary>
public sealed class TreasureStanding(int index, Treasure rule)
{
    private int _finders;

    public int Index { get; } = index;
    public Treasure Rule { get; } = rule;

    public int Finders
    {
        get => _finders;
        internal set
        {
            _finders = value;
            ValueNow = Rule.Value.At(Math.Max(1, value));
        }
    }

    /// <summary>Value of the latest finder; for a live treasure what every finder has now.</summary>
    public int ValueNow { get; private set; } = rule.Value.At(1);

    /// <summary>How many of <see cref="NeedsOf"/> (treasure indices) a team must have found, for all, any and atLeast.</summary>
    internal int NeedsCount { get; private set; }
    internal int[] NeedsOf { get; private set; } = [];

    /// <summary>Indices of the treasures that name this one in their needs.</summary>
    internal List<int> Dependents { get; private set; } = [];

    /// <summary>Needs by index instead of by name, so that a find looks only at what may depend on it.</summary>
    internal void ResolveNeeds(Dictionary<string, int> indices, TreasureStanding[] treasures)
    {
        var names = Rule.Needs?.All ?? Rule.Needs?.Any ?? Rule.Needs?.Of;
        if (names is null) return;
        NeedsOf = [.. names.Distinct().Where(indices.ContainsKey).Select(name => indices[name])];
        NeedsCount = Rule.Needs!.All is { } all ? all.Distinct().Count() : Rule.Needs.AtLeast ?? 1;
        foreach (var needed in NeedsOf) treasures[needed].Dependents.Add(Index);
    }

    internal TreasureStanding Clone() => new(Index, Rule)
    {
        Finders = Finders, NeedsCount = NeedsCount, NeedsOf = NeedsOf, Dependents = Dependents,
    };
}
