using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Contracts.Views;

/// <summary>
/// All that can be seen of a hunt, folded from its facts: life cycle, live standings, and the public standings that
/// stand still while the board is frozen. Facts with <see cref="HuntFact.ChangesViews"/> false may be left out;
/// the version moves on by <see cref="AdvanceTo"/>. Not thread-safe.
/// </summary>
public sealed class HuntView(string hunt)
{
    private Standings? _frozen;

    public string Hunt { get; } = hunt;

    /// <summary>Stream version this view reflects.</summary>
    public long Version { get; private set; }
    public HuntLife Life { get; } = new();
    public Standings Live { get; } = new();

    /// <summary>What everybody may see: equals <see cref="Live"/> unless the board is frozen.</summary>
    public Standings Public => _frozen ?? Live;

    /// <summary>The latest fact is one that the public board does not show.</summary>
    public bool StandsStill => _frozen is not null;

    public void Apply(long version, HuntFact fact)
    {
        if (version <= Version) return;
        var at = fact.Stamp?.At ?? throw new ArgumentException("A stored fact carries its stamp.", nameof(fact));
        if (_frozen is null && Life.IsFrozen(at)) _frozen = Live.Clone();
        Life.Apply(fact, at);
        Live.Apply(fact, at);
        if (fact is BoardThawed) _frozen = null;
        else if (_frozen is null && Life.IsFrozen(at)) _frozen = Live.Clone();
        Version = version;
    }

    public void AdvanceTo(long version) => Version = Math.Max(Version, version);
}
