namespace TreasureHunt.Contracts.Views;

/// <summary>What a board is ranked by; the smaller the better. Teams with equal keys share a rank.</summary>
internal readonly record struct RankKey(long First, long Second, long Third) : IComparable<RankKey>
{
    public int CompareTo(RankKey other) =>
        First != other.First ? First.CompareTo(other.First)
        : Second != other.Second ? Second.CompareTo(other.Second)
        : Third.CompareTo(other.Third);
}
