using CsCheck;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Tests.Unit.Hunts;

/// <summary>The order that is kept equals the order that is made anew, whatever happened and whoever looks.</summary>
public class BoardOrderTests
{
    [Fact]
    public void After_every_fact_of_every_random_game_it_is_the_ranking_of_the_standings() =>
        RandomPlay.Gen.Sample(game =>
        {
            BoardOrder? order = null;
            RandomPlay.Run(game.Hunt, game.Acts, (play, _, _, fact) =>
            {
                order ??= new BoardOrder(play.Hunt.Standings);
                order.Apply(fact);
                IsTheRanking(order);
            });
        }, iter: 2_000);

    /// <summary>Many teams, few points and few instants: ties everywhere, moves near and far, up and down.</summary>
    [Theory]
    [InlineData(Ranking.Points)]
    [InlineData(Ranking.SolvedThenPenalty)]
    public void Of_a_crowd_with_many_ties_every_page_is_the_same_part_of_the_ranking(Ranking ranking)
    {
        var gen = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 39], Gen.Int[0, 2], Gen.Int[0, 3]).Array[0, 200];
        gen.Sample(acts =>
        {
            var standings = new Standings();
            var order = new BoardOrder(standings);
            var at = Sample.Opens;
            Do(new HuntPublished(Sample.Hunt(Sample.Treasure("a"), Sample.Treasure("b"), Sample.Treasure("c")) with { Ranking = ranking }, 1));
            foreach (var (kind, team, treasure, later) in acts)
            {
                at += TimeSpan.FromMinutes(later / 3);
                var (teamId, treasureId) = ($"t{team}", "abc"[treasure].ToString());
                var found = standings.Team(teamId)?.Finds.ContainsKey(treasure) == true;
                Do(kind switch
                {
                    0 => new TeamRegistered(teamId),
                    1 => new AnswerWrong(teamId, treasureId, "m", 10 * later),
                    2 => new HintTaken(teamId, treasureId, "h", 10),
                    _ => found ? new AnswerWrong(teamId, treasureId, "m", 10) : new TreasureFound(teamId, treasureId, 1, later, "m", 20),
                });
                IsTheRanking(order);
            }
            var whole = standings.Rank();
            for (var first = 0; first < whole.Count; first += 3) Assert.Equal(whole.Skip(first).Take(7), order.Rows(first, 7));

            void Do(HuntFact fact)
            {
                standings.Apply(fact, at);
                order.Apply(fact);
            }
        }, iter: 300);
    }

    [Fact]
    public void A_find_with_a_live_value_leaves_it_as_it_was_until_it_is_sorted()
    {
        var play = Play.Open(Sample.Hunt(Sample.Treasure("a") with { Value = Sample.Decaying(ValuePolicy.Live) }), "ann", "bob");
        play.AtMinute(1).Finds("ann", "a");
        var order = new BoardOrder(play.Hunt.Standings);
        play.AtMinute(2).Finds("bob", "a");
        order.Apply(new TreasureFound("team-bob", "a", 2, 0, "m"));
        Assert.True(order.IsStale);
        Assert.Equal([500, 0], order.Rows(0, 2).Select(row => row.Points));
        order.Sort();
        Assert.Equal([400, 400], order.Rows(0, 2).Select(row => row.Points));
    }

    private static void IsTheRanking(BoardOrder order)
    {
        if (order.IsStale) order.Sort();
        var whole = order.Standings.Rank();
        Assert.Equal(whole, order.Rows(0, int.MaxValue));
        for (var i = 0; i < whole.Count; i++) Assert.Equal(i, order.IndexOf(whole[i].Team));
        Assert.True(order.IndexOf("nobody") < 0);
    }
}
