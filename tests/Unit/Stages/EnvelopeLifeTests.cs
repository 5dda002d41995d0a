using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Tests.Unit.Stages;

public sealed class EnvelopeLifeTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 12, 1, 18, 0, 0, TimeSpan.Zero));
    private readonly StageTimes _times;
    private readonly LaneLedger _ledger;
    private DateTimeOffset _sentAt;

    public EnvelopeLifeTests() => (_times, _ledger) = (new StageTimes(_clock), new LaneLedger(_clock));

    [Fact]
    public void The_stages_follow_each_other_without_a_gap_and_add_up_to_the_time_from_acceptance_to_answer()
    {
        var request = Taken();
        Pass(7);
        var life = Sent(request, paced: 2);
        Pass(1);
        life.Confirm();
        Pass(19);
        Answer(request, Told(deliveredAfter: 6, waiting: 3, settings: 1, decided: 2, committed: 4));

        var line = life.StagesOf(request.TakenAt, folded: null).Where(stage => !stage.Beside).ToList();
        Assert.Equal(
            [(Stage.Accepted, 5.0), (Stage.Settings, 2), (Stage.Queued, 6), (Stage.Waiting, 3), (Stage.Settings, 1), (Stage.Decided, 2), (Stage.Committed, 4), (Stage.Answered, 4)],
            line.Select(stage => (stage.Stage, stage.Took.TotalMilliseconds)));
        var end = TimeSpan.Zero;
        foreach (var stage in line)
        {
            Assert.Equal(end, stage.Start);
            end += stage.Took;
        }
        Assert.Equal(27, end.TotalMilliseconds);
    }

    [Fact]
    public void The_confirm_and_the_view_run_beside_the_others()
    {
        var request = Taken();
        Pass(5);
        var life = Sent(request, paced: 0);
        Pass(8);
        life.Confirm();
        Pass(2);
        var folded = _clock.GetTimestamp();
        Pass(10);
        Answer(request, Told(deliveredAfter: 1, waiting: 0, settings: 0, decided: 1, committed: 2));
        var beside = life.StagesOf(request.TakenAt, folded).Where(stage => stage.Beside).Select(stage => (stage.Stage, stage.Start.TotalMilliseconds, stage.Took.TotalMilliseconds));
        Assert.Equal([(Stage.Confirmed, 5.0, 8.0), (Stage.Visible, 9, 6)], beside);
    }

    [Theory]
    [InlineData(-500, 0, 7)]
    [InlineData(500, 7, 0)]
    public void A_processor_whose_clock_differs_makes_one_way_too_long_and_the_other_too_short_but_the_sum_right(double deliveredAfter, double there, double back)
    {
        var request = Taken();
        var life = Sent(request, paced: 0);
        Pass(10);
        Answer(request, Told(deliveredAfter, waiting: 0, settings: 0, decided: 1, committed: 2));
        var stages = life.StagesOf(request.TakenAt, folded: null);
        Assert.Equal((there, back), (Of(Stage.Queued), Of(Stage.Answered)));
        Assert.Equal(10, stages.Sum(stage => stage.Took.TotalMilliseconds));

        double Of(Stage stage) => stages.Single(found => found.Stage == stage).Took.TotalMilliseconds;
    }

    [Fact]
    public void A_request_that_came_during_the_pace_is_not_charged_more_of_it_than_it_waited()
    {
        var (first, second) = (Taken(), Made());
        Pass(3);
        Assert.True(_ledger.TryTake(second, 100));
        Pass(1);
        var life = new EnvelopeLife(_times, _clock, [first, second], TimeSpan.FromMilliseconds(2));
        _ledger.Sent(1, [first, second], life);
        Answer(1, Told(0, 0, 0, 0, 0), first, second);
        Assert.Equal([2.0, 2], life.StagesOf(first.TakenAt, null).Take(2).Select(stage => stage.Took.TotalMilliseconds));
        Assert.Equal([0.0, 1], life.StagesOf(second.TakenAt, null).Take(2).Select(stage => stage.Took.TotalMilliseconds));
        Assert.Equal(2, life.Actions);
    }

    [Fact]
    public void A_processor_that_tells_nothing_leaves_no_stages()
    {
        var request = Taken();
        var life = Sent(request, paced: 0);
        Answer(request, null);
        Assert.Null(life.Told);
        Assert.Empty(life.StagesOf(request.TakenAt, null));
    }

    [Fact]
    public void An_answered_action_is_found_by_hunt_actor_and_id_until_others_take_its_place()
    {
        var request = Taken();
        var key = ActionKey.Of(request.Actions[0]);
        Assert.Null(_ledger.FindAnswered(key));
        var life = Sent(request, paced: 0);
        Assert.Null(_ledger.FindAnswered(key));
        Answer(request, Told(0, 0, 0, 0, 0));
        Assert.Same(life, _ledger.FindAnswered(key)!.Value.Life);
        Assert.Null(_ledger.FindAnswered(key with { Actor = "bob" }));

        Flood(AnsweredActions.MaxActionsPerLane - 1);
        Assert.Same(life, _ledger.FindAnswered(key)!.Value.Life);
        Flood(1);
        Assert.Null(_ledger.FindAnswered(key));
    }

    [Fact]
    public void Of_an_action_that_was_sent_twice_the_first_is_found_for_that_one_was_decided()
    {
        var first = Taken();
        var life = Sent(first, paced: 0);
        var again = new Submission(first.Actions, asks: true);
        Assert.True(_ledger.TryTake(again, 100));
        _ledger.Sent(2, [again], new EnvelopeLife(_times, _clock, [again], TimeSpan.Zero));
        Answer(1, Told(0, 0, 0, 0, 0), first);
        Answer(2, Told(0, 0, 0, 0, 0), again);
        Assert.Same(life, _ledger.FindAnswered(ActionKey.Of(first.Actions[0]))!.Value.Life);
    }

    [Fact]
    public void The_ingress_counts_its_stages_once_per_envelope()
    {
        var request = Taken(actions: 200);
        Pass(4);
        var life = Sent(request, paced: 1);
        life.Confirm();
        Pass(3);
        Answer(request, Told(deliveredAfter: 1, waiting: 0, settings: 0, decided: 0, committed: 1));
        Assert.Equal(
            [("accepted", 1, 3.0), ("confirmed", 1, 0.0), ("settings", 1, 1.0), ("answered", 1, 1.0)],
            _times.Summary().Select(stage => (stage.Key, stage.Value.Count, stage.Value.TotalMs)));
    }

    private void Flood(int actions)
    {
        var flood = Taken(actions);
        _ledger.Sent(2, [flood], new EnvelopeLife(_times, _clock, [flood], TimeSpan.Zero));
        Answer(2, null, flood);
    }

    private EnvelopeLife Sent(Submission submission, double paced)
    {
        var life = new EnvelopeLife(_times, _clock, [submission], TimeSpan.FromMilliseconds(paced));
        _ledger.Sent(1, [submission], life);
        _sentAt = life.SentAt;
        return life;
    }

    private Submission Taken(int actions = 1)
    {
        var submission = Made(actions);
        Assert.True(_ledger.TryTake(submission, 1_000_000));
        return submission;
    }

    private Submission Made(int actions = 1) => new([.. Enumerable.Range(0, actions).Select(_ => new AcceptedAction(
        "old-town", "ada", "f", _clock.GetUtcNow(), new OpenHunt { ActionId = Guid.CreateVersion7(_clock.GetUtcNow()) }))], asks: true);

    private EnvelopeStages Told(double deliveredAfter, int waiting, int settings, int decided, int committed) => new(
        _sentAt.AddMilliseconds(deliveredAfter), waiting * 1000, settings * 1000, decided * 1000, committed * 1000, 1, 1);

    private void Answer(Submission submission, EnvelopeStages? told) => Answer(1, told, submission);

    private void Answer(long sequence, EnvelopeStages? told, params Submission[] submissions) => _ledger.Decided(new EnvelopeOutcomes(
        3, sequence,
        [.. submissions.SelectMany(submission => submission.Actions).Select(action => new Outcome(action.Action.ActionId, action.Hunt, action.Actor, OutcomeStatus.Applied, 1))],
        told));

    private void Pass(double ms) => _clock.Advance(TimeSpan.FromMilliseconds(ms));
}
