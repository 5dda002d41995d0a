using TreasureHunt.Contracts.Facts;
using TreasureHunt.Tests.Faults.Clients;

namespace TreasureHunt.Tests.Faults.Checks;

/// <summary>A fault test proves nothing unless its checker can fail: one planted bug for each promise.</summary>
public sealed class TheCheckerCatchesPlantedBugs
{
    private readonly SmallGame _game = SmallGame.Play();

    [Fact]
    public void A_faultless_game_passes_and_has_what_the_checks_are_about()
    {
        Assert.Empty(_game.Check());
        var facts = _game.Events.Select(stored => stored.Fact).ToList();
        Assert.Contains(facts, fact => fact is TreasureFound { Ordinal: > 3 });
        Assert.Contains(facts, fact => fact is TreasureFound { Points: null });
        Assert.Contains(facts, fact => fact is AnswerWrong { Penalty: > 0 });
        Assert.Contains(facts, fact => fact is AnswerNear);
        Assert.Contains(facts, fact => fact is AnswerRepeated);
        Assert.Contains(facts, fact => fact is HintTaken);
        foreach (var code in (RefusalCode[])[RefusalCode.TreasureAllFound, RefusalCode.TreasureLocked, RefusalCode.TreasureAlreadyFound, RefusalCode.TooManyAttempts])
            Assert.True(facts.Exists(fact => fact is ActionRefused refused && refused.Code == code), $"{code} does not occur.");
    }

    [Fact]
    public void An_accepted_action_that_is_nowhere()
    {
        var lost = _game.Lose(stored => stored.Fact is AnswerRepeated);
        _game.EntryOf(lost).Reply = null;
        Caught(Promise.NothingLost);
    }

    [Fact]
    public void An_action_that_was_sent_but_never_accepted_may_be_nowhere()
    {
        var lost = _game.Lose(stored => stored == _game.Events[^1]);
        var entry = _game.EntryOf(lost);
        (entry.Reply, entry.AcceptedAt) = (null, null);
        Assert.Empty(_game.Check());
    }

    [Fact]
    public void A_parked_action_is_not_lost()
    {
        var lost = _game.Lose(stored => stored == _game.Events[^1]);
        _game.Parked.Add(new ParkedAction(SmallGame.Hunt, lost.Stamp.ActionId, "lane-1", "broken"));
        _game.EntryOf(lost).Reply = new ClientReply(lost.Stamp.ActionId, "parked");
        Assert.Empty(_game.Check());
    }

    [Fact]
    public void An_action_that_is_stored_twice()
    {
        _game.Events.Add(_game.Events[^1] with { Id = Guid.NewGuid() });
        _game.Renumber();
        Caught(Promise.NothingDoubled);
    }

    [Fact]
    public void An_action_under_an_event_id_that_does_not_follow_from_it()
    {
        _game.Events[^1] = _game.Events[^1] with { Id = Guid.NewGuid() };
        Caught(Promise.NothingInvented);
    }

    [Fact]
    public void An_event_nobody_asked_for()
    {
        var last = _game.Events[^1];
        var actionId = Guid.CreateVersion7();
        _game.Events.Add(last with
        {
            Id = Contracts.Actions.ActionIds.EventId(SmallGame.Hunt, last.Stamp.Actor, actionId), Fact = last.Fact with { Stamp = last.Stamp with { ActionId = actionId } },
        });
        _game.Renumber();
        Caught(Promise.NothingInvented);
    }

    [Fact]
    public void An_action_with_another_body_than_was_sent()
    {
        _game.Events[^1] = _game.Events[^1] with { Fact = _game.Events[^1].Fact with { Stamp = _game.Events[^1].Stamp with { Fingerprint = new string('A', 22) } } };
        Caught(Promise.NothingInvented);
    }

    [Fact]
    public void Two_actions_of_a_player_in_the_wrong_order()
    {
        var actor = _game.Events[^1].Stamp.Actor;
        var mine = Enumerable.Range(0, _game.Events.Count).Where(i => _game.Events[i].Stamp.Actor == actor).TakeLast(2).ToArray();
        (_game.Events[mine[0]], _game.Events[mine[1]]) = (_game.Events[mine[1]], _game.Events[mine[0]]);
        _game.Renumber();
        Caught(Promise.OrderKept);
    }

    [Fact]
    public void The_actions_of_an_array_in_the_wrong_order()
    {
        var array = _game.Ledger.Entries.GroupBy(entry => entry.Request).Last(request => request.Count() > 1).Take(2).Select(entry => entry.EventId).ToArray();
        var at = array.Select(id => _game.Events.FindIndex(stored => stored.Id == id)).ToArray();
        (_game.Events[at[0]], _game.Events[at[1]]) = (_game.Events[at[1]], _game.Events[at[0]]);
        _game.Renumber();
        Caught(Promise.OrderKept);
    }

    [Fact]
    public void Two_actions_that_were_under_way_at_once_may_stand_either_way()
    {
        var requests = _game.Ledger.Entries.Where(entry => entry.Actor == "player-1").GroupBy(entry => entry.Request).ToList();
        var mine = requests.Zip(requests.Skip(1)).Last(pair => pair.First.Count() == 1 && pair.Second.Count() == 1) is var (first, second)
            ? new[] { first.Single(), second.Single() } : [];
        mine[0].AcceptedAt = mine[1].AcceptedAt;
        var at = mine.Select(entry => _game.Events.FindIndex(stored => stored.Id == entry.EventId)).ToArray();
        (_game.Events[at[0]], _game.Events[at[1]]) = (_game.Events[at[1]], _game.Events[at[0]]);
        _game.Renumber();
        Assert.DoesNotContain(_game.Check(), violation => violation.Promise == Promise.OrderKept);
    }

    [Fact]
    public void A_gap_in_a_stream()
    {
        _game.Events.RemoveAt(_game.Events.Count / 2);
        Caught(Promise.StreamsWhole);
    }

    [Fact]
    public void A_stream_whose_clock_goes_back()
    {
        var last = _game.Events[^1];
        _game.Events[^1] = last with { Fact = last.Fact with { Stamp = last.Stamp with { At = last.Stamp.At.AddSeconds(-1) } } };
        Caught(Promise.StreamsWhole);
    }

    [Fact]
    public void A_wrong_ordinal()
    {
        Change<TreasureFound>(fact => fact.Ordinal == 2, fact => fact with { Ordinal = 3 });
        Caught(Promise.FindersCounted);
    }

    [Fact]
    public void A_treasure_that_a_team_finds_twice()
    {
        var copied = _game.Events.FindLastIndex(stored => stored.Fact is TreasureFound { Treasure: LoadHunt.Gate });
        var other = _game.Events.FindIndex(copied + 1, stored => stored.Fact is AnswerWrong);
        _game.Events[other] = _game.Events[other] with { Fact = _game.Events[copied].Fact with { Stamp = _game.Events[other].Stamp } };
        Caught(Promise.FindsUnique);
    }

    [Fact]
    public void More_finders_than_copies()
    {
        var refused = _game.Events.FindIndex(stored => stored.Fact is ActionRefused { Code: RefusalCode.TreasureAllFound, Treasure: LoadHunt.Tower });
        var found = (TreasureFound)_game.Events.First(stored => stored.Fact is TreasureFound { Treasure: LoadHunt.Tower }).Fact;
        var team = ((ActionRefused)_game.Events[refused].Fact).Team!;
        _game.Events[refused] = _game.Events[refused] with { Fact = found with { Team = team, Ordinal = 4, Stamp = _game.Events[refused].Stamp } };
        Caught(Promise.CopiesKept);
    }

    [Fact]
    public void A_decision_on_a_state_that_was_not_the_stream()
    {
        Change<TreasureFound>(fact => fact.Points is > 0, fact => fact with { Points = fact.Points + 1 });
        Caught(Promise.DecisionsRepeatable);
    }

    [Fact]
    public void A_refusal_that_should_have_been_a_find()
    {
        Change<TreasureFound>(fact => fact.Ordinal == 1, fact => new ActionRefused("SubmitAnswer", RefusalCode.TreasureAlreadyFound, fact.Team, fact.Treasure) { Stamp = fact.Stamp });
        Caught(Promise.DecisionsRepeatable);
    }

    [Fact]
    public void A_client_that_was_told_something_else()
    {
        var entry = _game.EntryOf(_game.Events.First(stored => stored.Fact is TreasureFound));
        entry.Reply = entry.Reply! with { Points = 1 };
        Assert.Equal(Promise.OutcomesTrue, Assert.Single(_game.Check()).Promise);
    }

    [Fact]
    public void A_client_that_was_turned_away_for_good()
    {
        _game.Ledger.Entries[3].Complaint = "500";
        Assert.Equal(Promise.ClientsServed, Assert.Single(_game.Check()).Promise);
    }

    private void Caught(Promise promise) => Assert.Contains(_game.Check(), violation => violation.Promise == promise);

    private void Change<T>(Func<T, bool> which, Func<T, HuntFact> into) where T : HuntFact
    {
        var at = _game.Events.FindIndex(stored => stored.Fact is T fact && which(fact));
        _game.Events[at] = _game.Events[at] with { Fact = into((T)_game.Events[at].Fact) };
    }
}
