using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Ingress.Views;

/// <summary>A board at a version: immutable.</summary>
public sealed class RankedBoard(long version, IReadOnlyList<BoardRow> rows, long madeAt)
{
    public long Version => version;
    public IReadOnlyList<BoardRow> Rows => rows;
    internal long MadeAt => madeAt;

    /// <summary>Where the team stands in the rows; negative when it does not.</summary>
    public int IndexOf(string team)
    {
        for (var i = 0; i < rows.Count; i++)
            if (rows[i].Team == team) return i;
        return -1;
    }
}
