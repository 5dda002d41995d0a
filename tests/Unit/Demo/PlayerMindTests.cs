using System.Buffers;
using TreasureHunt.Cli.Demo;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Unit.Demo;

public class PlayerMindTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly HuntDefinition Hunt = HuntDemo.Sample();

    private static List<(string, string)> Play(int seed, int actions)
    {
        var mind = new PlayerMind(seed, Hunt, new TeamNotes(Hunt));
        return [.. Enumerable.Range(0, actions).Select(_ => mind.Next(Mood.Stroll, Noon)).Select(Told)];
    }

    private static (string, string) Told(HuntAction? action) => action switch
    {
        SubmitAnswer submit => (submit.Treasure, submit.Guess),
        TakeHint take => (take.Treasure, "hint " + take.Hint),
        _ => ("", "rests"),
    };

    private static void Learn(TeamNotes notes, ActionReply reply) =>
        notes.Learn(new SubmitAnswer(reply.Treasure!, "a wrong one") { ActionId = reply.ActionId }, reply, Noon);

    private static ActionReply Reply(string treasure, string? fact = null, RefusalCode? code = null, DateTimeOffset? until = null) =>
        new(Guid.CreateVersion7(Noon), code is null ? ReplyStatus.Applied : ReplyStatus.Refused, 1, Noon, fact, Treasure: treasure, Code: code, Until: until);

    [Fact]
    public void The_same_seed_plays_the_same()
    {
        Assert.Equal(Play(7, 200), Play(7, 200));
        Assert.NotEqual(Play(7, 200), Play(8, 200));
    }

    [Fact]
    public void A_player_does_all_that_people_do()
    {
        var notes = new TeamNotes(Hunt);
        Learn(notes, Reply("square", FactNames.AnswerWrong));
        var mind = new PlayerMind(3, Hunt, notes);
        var square = Hunt.Treasures[0];
        var guesses = new List<string>();
        var hints = 0;
        for (var i = 0; i < 2000; i++)
        {
            if (mind.Next(Mood.Stroll, Noon) is SubmitAnswer { Treasure: "square" } submit) guesses.Add(Normalisation.Of(submit.Guess));
            else if (mind.Next(Mood.Stroll, Noon) is TakeHint) hints++;
        }
        Assert.True(guesses.Count(square.Answer.Text.Select(Normalisation.Of).Contains) > 100);
        Assert.True(guesses.Count(square.NearMisses.Select(near => Normalisation.Of(near.Word)).Contains) > 20);
        Assert.True(guesses.Count(Normalisation.Of("a wrong one").Equals) > 20);
        Assert.True(guesses.Distinct().Count() > 10);
        Assert.True(hints > 20);
    }

    [Fact]
    public void By_a_rumour_everybody_wants_the_last_treasure()
    {
        var mind = new PlayerMind(1, Hunt, new TeamNotes(Hunt));
        Assert.All(Enumerable.Range(0, 50), _ => Assert.Equal("map", ((SubmitAnswer)mind.Next(Mood.Rumour, Noon)!).Treasure));
        Assert.True(mind.Think(Mood.Rumour) < TimeSpan.FromSeconds(0.5));
        Assert.True(mind.Think(Mood.Stroll) > TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_team_learns_what_is_open_from_the_answers_alone()
    {
        var notes = new TeamNotes(Hunt);
        Assert.Contains("square", Open());
        Assert.DoesNotContain("king", Open());
        Learn(notes, Reply("castle", code: RefusalCode.TreasureLocked));
        Assert.DoesNotContain("castle", Open());
        Learn(notes, Reply("cherries", code: RefusalCode.TreasureAllFound));
        Assert.DoesNotContain("cherries", Open());
        Learn(notes, Reply("square", FactNames.TreasureFound));
        Assert.DoesNotContain("square", Open());
        Assert.Contains("king", Open());
        Assert.Contains("castle", Open()); // points may suffice now
        Learn(notes, Reply("king", code: RefusalCode.TooManyAttempts, until: Noon.AddMinutes(1)));
        Assert.DoesNotContain("king", Open());
        Assert.Contains("king", notes.Open(Noon.AddMinutes(2)).Select(t => t.Id));

        IEnumerable<string> Open() => notes.Open(Noon).Select(t => t.Id);
    }

    [Fact]
    public void What_is_sent_is_what_the_ingress_reads()
    {
        SentAction[] sent =
        [
            new(new RegisterTeam("reds", "The Reds", "code") { ActionId = Guid.CreateVersion7(Noon) }),
            new(new SubmitAnswer("king", "José I") { ActionId = Guid.CreateVersion7(Noon), OnBehalfOf = "reds" }, Noon.AddMilliseconds(-1)),
        ];
        var service = new Caller("importer", Tokens.AnyHunt, [Role.Service], Noon.AddHours(1));
        var (read, problem) = ActionReader.Read(new ReadOnlySequence<byte>(ActionWire.Body(sent)), new ReadRules(service, Clock.Imported, Noon, null));
        Assert.Null(problem);
        Assert.Equal(sent.Select(s => (s.Action, s.OccurredAt)), read!.Actions.Select(a => (a.Action, a.OccurredAt)));
        Assert.False(ActionReader.Read(new ReadOnlySequence<byte>(ActionWire.Body([sent[0]])), new ReadRules(service, Clock.Wall, Noon, null)).Actions!.IsArray);
    }
}
