using System.CommandLine;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Hunts;

/// <summary>hunt board: the standings of a hunt.</summary>
public static class BoardCommand
{
    public static Command Create()
    {
        var hunt = new Argument<string>("hunt") { Description = "slug of the hunt" };
        var top = new Option<int>("--top") { Description = "rows, 1 to 10000", DefaultValueFactory = _ => 20 };
        var live = new Option<bool>("--live") { Description = "as organisers see it, also while the public board is frozen" };
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        return new HuntCommand("board", "Shows the standings of a hunt.", "./hunt board lisbon --top 10", async (parsed, cancel) =>
        {
            var isLive = parsed.GetValue(live);
            var api = HuntApi.For(Connections.Of(parsed.GetValue(name)!), "board", isLive ? Role.Organiser : Role.Analyst);
            var board = await api.BoardAsync(parsed.GetValue(hunt)!, parsed.GetValue(top), isLive, atLeast: 0, cancel);
            if (parsed.GetValue(json)) Screen.Json(board);
            else BoardTable.Print(board);
            return ExitCode.Ok;
        }) { hunt, top, live, name, json };
    }
}

/// <summary>A board for people.</summary>
public static class BoardTable
{
    public static void Print(BoardReply board)
    {
        Screen.Line($"{board.Title} ({board.Hunt}), {board.Phase.ToString().ToLowerInvariant()}, version {board.Version}"
            + (board.Live ? ", live" : board.Frozen ? $", frozen since {board.FreezeAt:u}" : ""));
        var penalty = board.Ranking == Ranking.SolvedThenPenalty;
        string[] columns = penalty ? ["rank", "team", "solved", "penalty", "last find"] : ["rank", "team", "points", "found", "last find"];
        Screen.Table(columns, board.Rows.Select(row => new[]
        {
            $"{row.Rank}", row.Name is null ? row.Team : $"{row.Name} ({row.Team})", penalty ? $"{row.Solved}" : $"{row.Points}",
            penalty ? $"{row.PenaltyMinutes}" : $"{row.Solved}", row.LastFindAt is { } at ? $"{at:u}" : "",
        }));
        if (board.Rows.Count < board.Teams) Screen.Line($"{board.Rows.Count} of {board.Teams} teams; more with --top");
    }
}
