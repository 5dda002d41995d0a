using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Ingress.Views;

/// <summary>
/// What may be seen of a team. A team sees its own verdicts also while the board is frozen, but nothing from which the
/// others' could be read: ranks and live values follow the frozen board. Clues of locked treasures never leave. Pure.
/// </summary>
internal static class TeamPage
{
    /// <param name="full">its own player, an organiser or a service asks</param>
    /// <param name="live">an organiser asks: nothing is frozen</param>
    /// <returns>null: no such team</returns>
    public static TeamReply? Of(HuntView view, TeamPages pages, DateTimeOffset now, string team, BoardRow? row, bool full, bool live)
    {
        var board = live ? view.Live : view.Public;
        if (!full)
        {
            return row is null ? null : new TeamReply(
                view.Hunt, team, view.Version, now, row.Points, row.Solved, row.PenaltyMinutes, row.LastFindAt, row.Rank);
        }
        if (view.Live.Team(team) is not { } standing) return null;

        var points = standing.LockedPoints;
        foreach (var index in standing.LiveFinds) points += board.Treasures[index].ValueNow;
        var treasures = new List<TreasureReply>();
        foreach (var treasure in view.Live.Treasures)
        {
            if (now < view.Life.Opens || view.Live.UnlockedAt(standing, treasure, now) is not { } unlockedAt || unlockedAt > now) continue;
            treasures.Add(Treasure(standing, treasure, board.Treasures[treasure.Index], unlockedAt, pages.WrongGuesses(team, treasure.Rule.Id)));
        }
        return new TeamReply(
            view.Hunt, team, view.Version, now, points, standing.Finds.Count, standing.PenaltyMinutes, standing.LastFindAt, row?.Rank,
            Treasures: treasures, Locked: view.Live.Treasures.Count - treasures.Count);
    }

    private static TreasureReply Treasure(
        TeamStanding team, TreasureStanding treasure, TreasureStanding onBoard, DateTimeOffset unlockedAt, int wrongGuesses)
    {
        var rule = treasure.Rule;
        var hints = new HintReply[rule.Hints.Count];
        for (var i = 0; i < hints.Length; i++)
        {
            var hint = rule.Hints[i];
            var taken = team.Hints.Contains((treasure.Index, hint.Id));
            hints[i] = new HintReply(hint.Id, hint.Cost, unlockedAt + (hint.After ?? TimeSpan.Zero), taken ? hint.Text : null);
        }
        var found = team.Finds.TryGetValue(treasure.Index, out var find)
            ? new FoundReply(find.At, find.Ordinal, find.Points ?? onBoard.ValueNow, find.Bonus)
            : null;
        var worth = rule.Value.IsLive ? onBoard.ValueNow : rule.Value.At(onBoard.Finders + 1);
        return new TreasureReply(rule.Id, rule.Title, rule.Clue, unlockedAt, worth, wrongGuesses, hints, found);
    }
}
