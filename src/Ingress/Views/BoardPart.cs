using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Ingress.Views;

/// <summary>Rows of a board at a version.</summary>
/// <param name="Teams">how many there are in all</param>
public sealed record BoardPart(long Version, int Teams, IReadOnlyList<BoardRow> Rows);
