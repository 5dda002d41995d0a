using System.Globalization;
using TreasureHunt.Cli.Api;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Cli.Demo;

/// <summary>The board as GET /hunts/{hunt}/board serves it.</summary>
internal sealed record ServedBoard(long Version, bool Frozen, int Teams, IReadOnlyList<ServedLine> Rows)
{
    public const int AllRows = 10_000;

    /// <param name="atLeast">stream version the board must show</param>
    public static Task<ServedBoard> GetAsync(ApiClient api, string hunt, int top, long atLeast, CancellationToken cancel) =>
        api.SendAsync<ServedBoard>(HttpMethod.Get, $"/hunts/{hunt}/board?top={top}", null,
            headers => headers.Add("If-Hunt-Version", atLeast.ToString(CultureInfo.InvariantCulture)), cancel);
}

internal sealed record ServedLine(int Rank, string Team, string? Name, int Points, int Solved, long PenaltyMinutes, DateTimeOffset? LastFindAt)
{
    public BoardRow Row => new(Rank, Team, Points, Solved, PenaltyMinutes, LastFindAt);
}
