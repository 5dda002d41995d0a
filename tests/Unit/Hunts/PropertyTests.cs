using System.Buffers;
using System.Text.Json;
using CsCheck;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Views;
using TreasureHunt.Processors.Hunts;

namespace TreasureHunt.Tests.Unit.Hunts;

public class PropertyTests
{
    private const int Games = 100;

    [Fact]
    public void The_game_is_played_as_a_plain_reading_of_the_rules_plays_it() =>
        RandomPlay.Gen.Sample((hunt, acts) =>
        {
            var model = new Model(hunt);
            var play = RandomPlay.Run(hunt, acts, (play, actor, action, fact) =>
                Assert.Equal(model.Play(play.Now, actor, action), VerdictOf(fact)));
            foreach (var team in model.Teams)
            {
                Assert.Equal(model.Points(team), play.Points(team));
                if (hunt.Ranking != Ranking.SolvedThenPenalty) continue;
                Assert.Equal(model.Contest(team), (play.Team(team).Finds.Count, play.Team(team).PenaltyMinutes));
            }
        }, iter: Games);

    /// <summary>The random games must reach every corner, or what holds for them says little.</summary>
    [Fact]
    public void The_random_games_reach_every_verdict_of_a_player()
    {
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        RandomPlay.Gen.Sample((hunt, acts) =>
        {
            RandomPlay.Run(hunt, acts, (_, _, action, fact) => seen[$"{action.Kind} {VerdictOf(fact)}"] = true);
        }, iter: 12 * Games);
        string[] expected =
        [
            "SubmitAnswer found", "SubmitAnswer wrong", "SubmitAnswer near", "SubmitAnswer repeated",
            .. new[]
            {
                RefusalCode.HuntNotOpen, RefusalCode.HuntPaused, RefusalCode.HuntClosed, RefusalCode.TeamNotRegistered, RefusalCode.TreasureUnknown,
                RefusalCode.TreasureLocked, RefusalCode.TreasureAlreadyFound, RefusalCode.TreasureAllFound, RefusalCode.TooManyAttempts, RefusalCode.GuessEmpty,
            }.Select(code => $"SubmitAnswer refused {code}"),
            "TakeHint done", "TakeHint refused HintUnknown", "TakeHint refused HintAlreadyTaken", "TakeHint refused HintNotYet",
            "RegisterTeam done", "RegisterTeam refused TeamNameTaken", "RegisterTeam refused PlayerAlreadyInTeam", "RegisterTeam refused HuntClosed",
            "JoinTeam done", "JoinTeam refused JoinCodeWrong", "JoinTeam refused TeamUnknown", "JoinTeam refused PlayerAlreadyInTeam",
        ];
        Assert.Empty(expected.Except(seen.Keys));
    }

    [Fact]
    public void Every_action_leaves_exactly_one_fact_however_often_it_is_sent() =>
        RandomPlay.Gen.Sample((hunt, acts) =>
        {
            var play = Play.Published(hunt);
            var sent = new List<Contracts.Lanes.AcceptedAction>();
            RandomPlay.Run(hunt, acts, (other, actor, action, _) =>
            {
                play.Now = other.Now;
                sent.Add(play.Accept(actor, action));
                Assert.NotNull(play.Work(sent[^1]));
                var before = play.Hunt.Version;
                foreach (var again in sent.Take(5).Append(sent[^1])) Assert.Null(play.Work(again));
                Assert.Equal(before, play.Hunt.Version);
            });
            Assert.Equal(3 + acts.Length, play.Hunt.Version); // the publication, two teams and these
        }, iter: Games / 3);

    [Fact]
    public void Folding_the_facts_again_gives_the_same_hunt_to_the_last_byte() =>
        RandomPlay.Gen.Sample((hunt, acts) =>
        {
            var play = RandomPlay.Run(hunt, acts);
            return Bytes(play.Hunt).SequenceEqual(Bytes(play.Replay()));
        }, iter: Games);

    [Fact]
    public void A_checkpoint_and_the_tail_give_the_same_hunt_as_all_facts() =>
        Gen.Select(RandomPlay.Gen, Gen.Double[0, 1]).Sample((game, share) =>
        {
            var play = RandomPlay.Run(game.Hunt, game.Acts);
            var cut = (int)(play.Facts.Count * share);
            var prefix = new Hunt(play.Hunt.Slug);
            for (var i = 0; i < cut; i++) prefix.Evolve(i + 1, play.Facts[i]);
            var restored = play.Replay(cut, HuntCheckpoint.Read(play.Hunt.Slug, Bytes(prefix)));
            Assert.Equal(Bytes(play.Hunt), Bytes(restored));
            Assert.Equal(play.Hunt.Standings.Rank(), restored.Standings.Rank());
        }, iter: Games);

    [Fact]
    public void What_changes_no_view_changes_no_score() =>
        RandomPlay.Gen.Sample((hunt, acts) =>
        {
            var play = RandomPlay.Run(hunt, acts);
            var view = new HuntView(play.Hunt.Slug);
            for (var i = 0; i < play.Facts.Count; i++)
                if (play.Facts[i].ChangesViews) view.Apply(i + 1, play.Facts[i]);
            Assert.Equal(play.Hunt.Standings.Rank(), view.Live.Rank());
            Assert.Equal(play.Hunt.Life.PhaseAt(play.Now), view.Life.PhaseAt(play.Now));
        }, iter: Games);

    [Fact]
    public void Facts_survive_the_store_unchanged_in_what_they_mean() =>
        RandomPlay.Gen.Sample((hunt, acts) =>
        {
            var play = RandomPlay.Run(hunt, acts);
            var restored = new Hunt(play.Hunt.Slug);
            for (var i = 0; i < play.Facts.Count; i++)
                restored.Evolve(i + 1, JsonSerializer.Deserialize(JsonSerializer.Serialize(play.Facts[i], Wire.Default.HuntFact), Wire.Default.HuntFact)!);
            Assert.Equal(Bytes(play.Hunt), Bytes(restored));
        }, iter: Games / 3);

    /// <summary>Without scarcity, decay and firsts teams do not touch each other: only the order within a team matters.</summary>
    [Fact]
    public void Teams_that_compete_for_nothing_may_come_in_any_order()
    {
        var hunt = Sample.Hunt(
            Sample.Treasure("t0") with { Attempts = new AttemptRule(2, null, 5) },
            Sample.Treasure("t1") with { Needs = new Needs { All = ["t0"] } });
        var guesses = Gen.OneOf("answer t0", "answer t1", "x", "y", "z").Array[1, 8];
        Gen.Select(guesses, guesses, Gen.Shuffle(Enumerable.Range(0, 16).ToArray())).Sample((ann, bob, order) =>
        {
            Play Played(IEnumerable<string> turns)
            {
                var play = Play.Open(hunt, "ann", "bob");
                var left = new Dictionary<string, Queue<string>> { ["ann"] = new(ann), ["bob"] = new(bob) };
                foreach (var player in turns)
                    if (left[player].TryDequeue(out var guess)) play.Guesses(player, guess.EndsWith('1') ? "t1" : "t0", guess);
                return play;
            }
            var inTurn = Played(Enumerable.Repeat("ann", 8).Concat(Enumerable.Repeat("bob", 8)));
            var mixed = Played(order.Select(i => i % 2 == 0 ? "ann" : "bob"));
            Assert.Equal(inTurn.Hunt.Standings.Rank(), mixed.Hunt.Standings.Rank());
        }, iter: Games);
    }

    [Fact]
    public void Deciding_changes_nothing() =>
        RandomPlay.Gen.Sample((hunt, acts) =>
        {
            var play = RandomPlay.Run(hunt, acts);
            var before = Bytes(play.Hunt);
            foreach (var player in new[] { "ann", "bob" })
            {
                var accepted = play.Accept(player, new SubmitAnswer("t0", "right t0") { ActionId = play.NextId() });
                var guess = OpenedGuess.Open((SubmitAnswer)accepted.Action, play.Hunt.Slug, Play.Seal);
                var once = Decider.Decide(play.Hunt, accepted, guess, play.Rules, play.Now);
                Assert.Equal(once, Decider.Decide(play.Hunt, accepted, guess, play.Rules, play.Now));
            }
            return before.SequenceEqual(Bytes(play.Hunt));
        }, iter: Games / 3);

    [Fact]
    public void A_damaged_checkpoint_or_one_of_another_hunt_is_not_read()
    {
        var bytes = Bytes(RandomPlay.Run(RandomPlay.Hunts[0], []).Hunt);
        Assert.Throws<InvalidDataException>(() => HuntCheckpoint.Read("other", bytes));
        Assert.Throws<InvalidDataException>(() => HuntCheckpoint.Read("old-town", bytes[..^1]));
        Assert.Throws<InvalidDataException>(() => HuntCheckpoint.Read("old-town", bytes[..3]));
        bytes[^1] ^= 1;
        Assert.Throws<InvalidDataException>(() => HuntCheckpoint.Read("old-town", bytes));
        bytes[^1] ^= 1;
        bytes[0] ^= 0x40;
        Assert.Throws<InvalidDataException>(() => HuntCheckpoint.Read("old-town", bytes));
    }

    [Fact]
    public void A_gap_in_the_stream_is_never_folded_over()
    {
        var play = RandomPlay.Run(RandomPlay.Hunts[0], []);
        Assert.Throws<InvalidOperationException>(() => play.Hunt.Evolve(3, play.Facts[0]));
        Assert.Throws<InvalidOperationException>(() => play.Hunt.Evolve(1, play.Facts[0]));
    }

    private static byte[] Bytes(Hunt hunt) => HuntCheckpoint.Write(hunt).ToArray();

    private static string VerdictOf(HuntFact fact) => fact switch
    {
        TreasureFound => "found",
        AnswerWrong => "wrong",
        AnswerNear => "near",
        AnswerRepeated => "repeated",
        ActionRefused refused => $"refused {refused.Code}",
        _ => "done",
    };
}
