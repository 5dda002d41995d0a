using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Tests.Unit.Ingress;

public class LaneTests
{
    private readonly Clock _clock = new(new DateTimeOffset(2026, 12, 1, 18, 0, 0, TimeSpan.Zero));
    private readonly Broker _broker = new();
    private readonly StageTimes _stages;
    private readonly LaneLedger _ledger;
    private readonly LaneWriter _writer;
    private readonly Rounds _rounds;
    private TimeSpan _pace;

    public LaneTests()
    {
        _stages = new StageTimes(_clock);
        _ledger = new LaneLedger(_clock);
        _rounds = new Rounds(() => _pace, _clock, Rounds.PerAction);
        _writer = new LaneWriter(3, "ingress-1", "outcomes.1", _ledger, _broker.PublishAsync, _rounds, _stages, _clock);
    }

    [Fact]
    public async Task An_idle_lane_sends_at_once_and_after_a_full_envelope_the_next_one_fills_for_the_pace()
    {
        _pace = TimeSpan.FromMilliseconds(10);
        using var stop = new CancellationTokenSource();
        var running = _writer.RunAsync(stop.Token);
        Accept(20);
        (await _broker.NextAsync()).Confirm(); // nothing before it: at once
        Accept(1);
        var next = _broker.NextAsync();
        await _clock.IsWaitedForAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(9));
        Accept(2);
        await Task.Delay(50);
        Assert.False(next.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        var sent = await next;
        Assert.Equal(3, sent.Envelope.Actions.Count);
        sent.Confirm();
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task An_envelope_ends_with_a_definition_for_these_are_large()
    {
        using var stop = new CancellationTokenSource();
        Accept(1);
        for (var i = 0; i < 3; i++) Assert.True(_writer.TryEnqueue(Taken(Made(new PublishHunt(null!) { ActionId = Guid.CreateVersion7(_clock.GetUtcNow()) }))));
        Accept(1);
        var running = _writer.RunAsync(stop.Token);
        foreach (var count in new[] { 2, 1, 1, 1 })
        {
            var sent = await _broker.NextAsync();
            Assert.Equal(count, sent.Envelope.Actions.Count);
            sent.Confirm();
        }
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_full_envelope_does_not_wait_for_its_round()
    {
        _pace = TimeSpan.FromMilliseconds(10);
        using var stop = new CancellationTokenSource();
        Accept(256);
        for (var i = 0; i < 256; i++) Accept(1);
        var running = _writer.RunAsync(stop.Token);
        (await _broker.NextAsync()).Confirm();
        var next = await _broker.NextAsync(); // the clock stands still
        Assert.Equal(256, next.Envelope.Actions.Count);
        next.Confirm();
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Lanes_of_one_ingress_send_in_the_same_round()
    {
        _pace = TimeSpan.FromMilliseconds(10);
        using var stop = new CancellationTokenSource();
        var other = new LaneWriter(4, "ingress-1", "outcomes.1", _ledger, _broker.PublishAsync, _rounds, _stages, _clock);
        var running = _writer.RunAsync(stop.Token);
        Accept(20);
        (await _broker.NextAsync()).Confirm();
        Accept(1);
        await _clock.IsWaitedForAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(9));
        Accept(1, other);
        var otherRunning = other.RunAsync(stop.Token); // has joined the round when it returns
        var first = _broker.NextAsync();
        await Task.Delay(50);
        Assert.False(first.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        var both = new[] { await first, await _broker.NextAsync() };
        Assert.Equal([3, 4], both.Select(sent => sent.Envelope.Lane).Order());
        foreach (var sent in both) sent.Confirm();
        await stop.CancelAsync();
        await Task.WhenAll(running, otherRunning);
    }

    [Fact]
    public async Task While_a_confirm_is_out_the_next_envelope_fills_with_whole_requests_up_to_256()
    {
        using var stop = new CancellationTokenSource();
        var running = _writer.RunAsync(stop.Token);
        var first = Accept(1);
        var sent = await _broker.NextAsync();
        Assert.Single(sent.Envelope.Actions);

        var (a, b, c) = (Accept(100), Accept(150), Accept(100));
        sent.Confirm();
        Assert.Equal(Sending.Confirmed, await first.Sent);

        var second = await _broker.NextAsync();
        Assert.Equal(250, second.Envelope.Actions.Count);
        Assert.Equal(sent.Envelope.Sequence + 1, second.Envelope.Sequence);
        Assert.Equal((3, "ingress-1", "outcomes.1"), (second.Envelope.Lane, second.Envelope.Ingress, second.Envelope.ReplyTo));
        Assert.False(a.Sent.IsCompleted);
        second.Confirm();
        Assert.Equal([Sending.Confirmed, Sending.Confirmed], [await a.Sent, await b.Sent]);

        (await _broker.NextAsync()).Confirm();
        Assert.Equal(Sending.Confirmed, await c.Sent);
        _writer.Complete();
        await running;
    }

    [Fact]
    public async Task An_envelope_says_whose_outcomes_are_asked_for()
    {
        using var stop = new CancellationTokenSource();
        var running = _writer.RunAsync(stop.Token);
        Accept(1);
        var all = await _broker.NextAsync();
        Accept(2, asks: false);
        Accept(3, asks: true);
        Accept(1, asks: false);
        all.Confirm();
        var some = await _broker.NextAsync();
        Accept(2, asks: false);
        some.Confirm();
        var none = await _broker.NextAsync();
        none.Confirm();
        await stop.CancelAsync();
        await running;

        Assert.Null(all.Envelope.Asked);
        Assert.Equal([2, 3, 4], some.Envelope.Asked!);
        Assert.Equal([false, false, true, true, true, false], Enumerable.Range(0, 6).Select(some.Envelope.Asks));
        Assert.Empty(none.Envelope.Asked!);
        Assert.Equal([(true, false), (false, false)], new[] { all, none }.Select(sent => (sent.Envelope.Asks(0), (sent.Envelope with { ReplyTo = null }).Asks(0))));
    }

    [Fact]
    public async Task Who_did_not_ask_is_confirmed_and_released_by_an_answer_without_outcomes()
    {
        var (silent, asking) = (Taken(2, asks: false), Taken(1));
        _ledger.Sent(1, [silent, asking], new EnvelopeLife(_stages, _clock, [silent, asking], TimeSpan.Zero));
        _ledger.Decided(Answer(1, asking));
        Assert.Equal((0, Sending.Confirmed), (_ledger.Undecided, await silent.Sent));
        Assert.Equal(asking.Actions[0].Action.ActionId, Assert.Single(await asking.Decided)!.ActionId);
        await Assert.ThrowsAsync<InvalidOperationException>(() => silent.Decided);
    }

    [Fact]
    public async Task What_is_not_confirmed_is_told_all_its_senders_and_gives_its_credit_back()
    {
        var running = _writer.RunAsync(default);
        var before = Accept(1);
        var blocked = await _broker.NextAsync();
        var (a, b) = (Accept(1), Accept(2));
        blocked.Confirm();
        (await _broker.NextAsync()).Fail();
        Assert.Equal([Sending.Confirmed, Sending.Unknown, Sending.Unknown], [await before.Sent, await a.Sent, await b.Sent]);
        Assert.Equal(1, _ledger.Undecided);
        Assert.False(_ledger.IsPending(ActionKey.Of(a.Actions[0])));
        _writer.Complete();
        await running;
    }

    [Fact]
    public async Task A_stopping_writer_sends_what_was_accepted()
    {
        var submission = Accept(2);
        _writer.Complete();
        Assert.False(_writer.TryEnqueue(submission));
        var running = _writer.RunAsync(default);
        (await _broker.NextAsync()).Confirm();
        Assert.Equal(Sending.Confirmed, await submission.Sent);
        await running;
    }

    [Fact]
    public async Task A_cancelled_writer_leaves_nobody_waiting()
    {
        using var stop = new CancellationTokenSource();
        var running = _writer.RunAsync(stop.Token);
        var first = Accept(1);
        await _broker.NextAsync();
        var second = Accept(1);
        await stop.CancelAsync();
        Assert.Equal([Sending.Unknown, Sending.Unknown], [await first.Sent, await second.Sent]);
        await running;
        Assert.Equal(0, _ledger.Undecided);
    }

    [Fact]
    public async Task An_outcome_answers_its_envelope_and_releases_all_before_it()
    {
        var (lost, mine) = (Taken(2), Taken(3));
        Sent(1, lost);
        Sent(2, mine);
        Assert.Equal(5, _ledger.Undecided);
        Assert.True(_ledger.IsPending(ActionKey.Of(mine.Actions[2])));

        _ledger.Decided(Answer(2, mine));
        Assert.Equal(0, _ledger.Undecided);
        Assert.Equal([null, null], await lost.Decided);
        Assert.Equal(mine.Actions.Select(a => a.Action.ActionId), (await mine.Decided).Select(o => o!.ActionId));
        Assert.False(_ledger.IsPending(ActionKey.Of(mine.Actions[2])));
    }

    [Fact]
    public async Task An_outcome_that_comes_before_the_confirm_or_without_it_counts_as_confirmed()
    {
        var submission = Taken(1);
        Sent(7, submission);
        _ledger.Decided(Answer(7, submission));
        Assert.Equal(Sending.Confirmed, await submission.Sent);
    }

    [Fact]
    public void A_late_outcome_of_a_failed_envelope_releases_nothing_twice()
    {
        var (failed, other) = (Taken(5), Taken(1));
        Sent(1, failed);
        _ledger.Failed(1);
        Sent(2, other);
        Assert.Equal(1, _ledger.Undecided);
        _ledger.Decided(Answer(1, failed));
        Assert.Equal(1, _ledger.Undecided);
    }

    [Fact]
    public void The_same_action_sent_twice_is_pending_until_both_are_decided()
    {
        var first = Taken(1);
        var again = new Submission(first.Actions, asks: true);
        Assert.True(_ledger.TryTake(again, 100));
        Sent(1, first);
        Sent(2, again);
        _ledger.Decided(Answer(1, first));
        Assert.True(_ledger.IsPending(ActionKey.Of(first.Actions[0])));
        _ledger.Decided(Answer(2, again));
        Assert.False(_ledger.IsPending(ActionKey.Of(first.Actions[0])));
    }

    [Fact]
    public void A_full_lane_takes_no_more_until_an_outcome_comes()
    {
        var submission = Taken(10, depth: 10);
        Assert.True(_ledger.IsFull(10));
        Assert.False(_ledger.TryTake(Made(1), 10));
        Sent(1, submission);
        _ledger.Decided(Answer(1, submission));
        Assert.False(_ledger.IsFull(10));
    }

    [Fact]
    public void A_full_lane_that_hears_nothing_lets_one_request_through_each_five_seconds()
    {
        Taken(10, depth: 10);
        _clock.Advance(LaneLedger.ProbeAfter);
        Assert.True(_ledger.TryTake(Made(1), 10));
        Assert.False(_ledger.TryTake(Made(1), 10));
        _clock.Advance(LaneLedger.ProbeAfter);
        Assert.True(_ledger.TryTake(Made(1), 10));
    }

    [Fact]
    public async Task A_restarted_ingress_begins_above_every_sequence_it_used_before()
    {
        var running = _writer.RunAsync(default);
        Accept(1);
        var before = await _broker.NextAsync();
        before.Confirm();
        _writer.Complete();
        await running;

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        var restarted = new LaneWriter(3, "ingress-1", null, _ledger, _broker.PublishAsync, _rounds, _stages, _clock);
        Assert.True(restarted.TryEnqueue(Taken(1)));
        restarted.Complete();
        running = restarted.RunAsync(default);
        var after = await _broker.NextAsync();
        after.Confirm();
        await running;
        Assert.True(after.Envelope.Sequence > before.Envelope.Sequence + 1_000_000);
    }

    [Fact]
    public void A_broker_that_failed_is_tried_once_a_second_until_it_works()
    {
        var state = new BrokerState(_clock);
        Assert.True(state.MayTry());
        Assert.True(state.Failed());
        Assert.False(state.MayTry());
        _clock.Advance(BrokerState.TryEvery);
        Assert.True(state.MayTry());
        Assert.False(state.MayTry());
        Assert.True(state.Worked());
        Assert.True(state.MayTry());
    }

    private Submission Accept(int actions, LaneWriter? writer = null, bool asks = true)
    {
        var submission = Taken(actions, asks: asks);
        Assert.True((writer ?? _writer).TryEnqueue(submission));
        return submission;
    }

    private Submission Taken(int actions, int depth = 1_000_000, bool asks = true) => Taken(Made(actions, asks), depth);

    private Submission Taken(Submission submission, int depth = 1_000_000)
    {
        Assert.True(_ledger.TryTake(submission, depth));
        return submission;
    }

    private Submission Made(HuntAction action) => new([new AcceptedAction("old-town", "ada", "f", _clock.GetUtcNow(), action)], asks: true);

    private Submission Made(int actions, bool asks = true) => new([.. Enumerable.Range(0, actions).Select(_ =>
        new AcceptedAction("old-town", "ada", "f", _clock.GetUtcNow(), new OpenHunt { ActionId = Guid.CreateVersion7(_clock.GetUtcNow()) }))], asks);

    private void Sent(long sequence, Submission submission) =>
        _ledger.Sent(sequence, [submission], new EnvelopeLife(_stages, _clock, [submission], TimeSpan.Zero));

    private static EnvelopeOutcomes Answer(long sequence, Submission submission) => new(0, sequence,
        [.. submission.Actions.Select(a => new Outcome(a.Action.ActionId, a.Hunt, a.Actor, OutcomeStatus.Applied, 1))]);

    /// <summary>The I/O edge: hands every envelope to the test, which confirms or fails it.</summary>
    private sealed class Broker
    {
        private readonly System.Threading.Channels.Channel<Published> _published = System.Threading.Channels.Channel.CreateUnbounded<Published>();

        public Task PublishAsync(Envelope envelope, CancellationToken cancel)
        {
            var published = new Published(envelope);
            _published.Writer.TryWrite(published);
            return published.Done.WaitAsync(cancel);
        }

        /// <exception cref="TimeoutException">none came</exception>
        public Task<Published> NextAsync() => _published.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
    }

    private sealed class Clock(DateTimeOffset now) : FakeTimeProvider(now)
    {
        private readonly TaskCompletionSource _waited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when somebody has begun to wait by this clock.</summary>
        public Task IsWaitedForAsync() => _waited.Task.WaitAsync(TimeSpan.FromMinutes(1));

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waited.TrySetResult();
            return timer;
        }
    }

    private sealed class Published(Envelope envelope)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Envelope Envelope => envelope;
        public Task Done => _done.Task;
        public void Confirm() => _done.SetResult();
        public void Fail() => _done.SetException(new TimeoutException());
    }
}
