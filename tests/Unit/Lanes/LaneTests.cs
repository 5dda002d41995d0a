using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Processors.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

public class LaneTests
{
    private readonly Lane _lane = new(3, TimeProvider.System);
    private readonly IChannel _channel = FakeChannel.Open();

    [Fact]
    public void A_message_is_not_acknowledged_before_its_last_action_is_committed()
    {
        var done = _lane.DeliverAsync(_channel, 1, redelivered: false, Of(3));
        var first = Assert.Single(_lane.Take(maxActions: 2, maxEnvelopes: 10));
        Assert.Equal((0, 2, false), (first.From, first.Count, first.IsLast));

        var rest = Assert.Single(_lane.Take(maxActions: 2, maxEnvelopes: 10));
        Assert.Equal((2, 1, true), (rest.From, rest.Count, rest.IsLast));
        Assert.False(done.IsCompleted);

        _lane.Complete(rest.Delivery);
        Assert.True(done.IsCompleted);
    }

    [Fact]
    public void A_batch_keeps_to_its_cap_of_actions_and_its_window_of_envelopes()
    {
        for (ulong tag = 1; tag <= 5; tag++) _ = _lane.DeliverAsync(_channel, tag, redelivered: false, Of(10));
        Assert.Equal([10, 10, 5], _lane.Take(maxActions: 25, maxEnvelopes: 64).Select(slice => slice.Count));
        Assert.Equal([5, 10], _lane.Take(maxActions: 100, maxEnvelopes: 2).Select(slice => slice.Count));
    }

    [Fact]
    public void A_lane_whose_work_in_hand_does_not_get_done_is_said_to_stand_still_unless_it_is_paused()
    {
        var time = new FakeTimeProvider();
        var (lane, other) = (new Lane(3, time), new Lane(4, time));
        lane.Attach(_channel);
        Assert.Equal(HealthStatus.Unhealthy, LanesHealth.Of([lane, other], working: true).Status); // nobody has subscribed to 4
        other.Attach(FakeChannel.Open());
        for (ulong tag = 1; tag <= 3; tag++) _ = lane.DeliverAsync(_channel, tag, redelivered: false, Of(1));
        time.Advance(LanesHealth.StandsStillAfter);
        Assert.Equal(HealthStatus.Healthy, LanesHealth.Of([lane, other], working: true).Status);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(31), lane.StandsStillFor);
        Assert.Equal(HealthStatus.Healthy, LanesHealth.Of([lane, other], working: false).Status);
        var still = LanesHealth.Of([lane, other], working: true);
        Assert.Equal(HealthStatus.Degraded, still.Status);
        Assert.StartsWith("Lanes 3 stand still", still.Description, StringComparison.Ordinal);

        lane.Complete(lane.Take(1, 1)[0].Delivery); // it goes on, however much is left
        Assert.Equal(HealthStatus.Healthy, LanesHealth.Of([lane, other], working: true).Status);
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HealthStatus.Degraded, LanesHealth.Of([lane, other], working: true).Status);
        foreach (var slice in lane.Take(2, 2)) lane.Complete(slice.Delivery);
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HealthStatus.Healthy, LanesHealth.Of([lane, other], working: true).Status);
    }

    [Fact]
    public async Task A_worker_is_told_when_nothing_came_for_long()
    {
        var time = new FakeTimeProvider();
        var lane = new Lane(3, time);
        var nothing = lane.WaitAsync(TimeSpan.FromSeconds(60), default);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(nothing.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await nothing);

        var something = lane.WaitAsync(TimeSpan.FromSeconds(60), default);
        _ = lane.DeliverAsync(_channel, 1, redelivered: false, Of(1));
        Assert.True(await something);
        Assert.True(await lane.WaitAsync(TimeSpan.FromSeconds(60), default));
    }

    [Fact]
    public async Task Releasing_closes_the_channel_first_and_then_frees_what_is_held()
    {
        var done = _lane.DeliverAsync(_channel, 1, redelivered: false, Of(1));
        var ended = _lane.Release(forGood: false);
        Assert.False(_channel.IsOpen);
        Assert.True(done.IsCompleted);
        Assert.Empty(_lane.Take(10, 10));
        await ended;
    }

    [Fact]
    public async Task While_the_channel_to_be_closed_is_open_still_no_message_is_answered()
    {
        var held = _lane.DeliverAsync(_channel, 1, redelivered: false, Of(1));
        var channel = (FakeChannel)_channel;
        channel.Closing = new TaskCompletionSource(); // something else is being asked on it
        var ended = _lane.Release(forGood: false);
        var late = _lane.DeliverAsync(_channel, 2, redelivered: false, Of(1)); // the channel looks open still
        Assert.False(held.IsCompleted || late.IsCompleted || ended.IsCompleted);
        Assert.Empty(_lane.Take(10, 10));

        channel.Closed = true; // an acknowledgement would pass the close still
        var later = _lane.DeliverAsync(_channel, 3, redelivered: false, Of(1));
        Assert.False(held.IsCompleted || late.IsCompleted || later.IsCompleted);
        channel.Go();
        await Task.WhenAll(held, late, later);
        Assert.False(ended.IsCompleted);
        channel.Closing.SetResult();
        await ended;
    }

    [Fact]
    public async Task A_channel_is_closed_when_the_acknowledgements_under_way_have_left()
    {
        var clock = new FakeTimeProvider();
        var lane = new Lane(3, clock);
        var done = lane.DeliverAsync(_channel, 1, redelivered: false, Of(1));
        var held = lane.DeliverAsync(_channel, 2, redelivered: false, Of(1));
        lane.Complete(lane.Take(1, 1)[0].Delivery);
        Assert.True(done.IsCompleted);
        var ended = lane.Release(forGood: true);
        Assert.True(_channel.IsOpen); // one that comes after the broker's reply would make it end the connection
        Assert.False(lane.Subscribed);

        lane.CloseTag(_channel, 1); // the bus has acknowledged it
        await ended;
        Assert.False(_channel.IsOpen);
        await held;
    }

    [Fact]
    public async Task A_bus_that_does_not_acknowledge_in_time_does_not_keep_a_channel_open()
    {
        var clock = new FakeTimeProvider();
        var lane = new Lane(3, clock);
        _ = lane.DeliverAsync(_channel, 1, redelivered: false, Of(1));
        lane.Complete(lane.Take(1, 1)[0].Delivery);
        var ended = lane.Release(forGood: true);
        Assert.True(_channel.IsOpen);
        clock.Advance(TimeSpan.FromSeconds(5));
        await ended;
        Assert.False(_channel.IsOpen);
    }

    [Fact]
    public void A_lane_released_for_good_closes_every_channel_that_still_delivers_to_it()
    {
        _lane.Release(forGood: true);
        var late = FakeChannel.Open();
        Assert.True(_lane.DeliverAsync(late, 1, redelivered: false, Of(1)).IsCompleted);
        Assert.False(late.IsOpen);

        _lane.Reopen();
        var next = FakeChannel.Open();
        Assert.False(_lane.DeliverAsync(next, 1, redelivered: false, Of(1)).IsCompleted);
    }

    [Fact]
    public void Deliveries_out_of_a_dead_channels_buffer_are_answered_at_once_and_never_worked_on()
    {
        _lane.Attach(_channel);
        ((FakeChannel)_channel).Go();
        Assert.True(_lane.DeliverAsync(_channel, 1, redelivered: false, Of(1)).IsCompleted);
        Assert.Empty(_lane.Take(10, 10));
    }

    [Fact]
    public void A_new_channel_begins_a_new_order_and_drops_what_the_old_one_left()
    {
        var old = _lane.DeliverAsync(_channel, 1, redelivered: false, Of(1));
        var generation = _lane.Generation;
        ((FakeChannel)_channel).Go();
        var next = FakeChannel.Open();
        _lane.Attach(next);
        _ = _lane.DeliverAsync(next, 1, redelivered: false, Of(2));
        Assert.True(old.IsCompleted);
        Assert.NotEqual(generation, _lane.Generation);
        Assert.Equal(2, Assert.Single(_lane.Take(10, 10)).Count);
    }

    [Fact]
    public void A_dead_channel_holds_nothing_not_even_what_waits_for_a_delivery_that_never_came()
    {
        _lane.Attach(_channel);
        var first = _lane.DeliverAsync(_channel, 1, redelivered: false, Of(1));
        var third = _lane.DeliverAsync(_channel, 3, redelivered: false, Of(1));
        ((FakeChannel)_channel).Go();
        Assert.True(_lane.DeliverAsync(_channel, 2, redelivered: false, Of(1)).IsCompleted); // out of the buffer, too late
        Assert.True(first.IsCompleted && third.IsCompleted);
        Assert.Empty(_lane.Take(10, 10));
        Assert.Equal(0, _lane.InHand);
    }

    [Fact]
    public void What_an_older_subscription_still_delivers_goes_back_and_breaks_nobodys_order()
    {
        _lane.Attach(_channel);
        var next = FakeChannel.Open();
        _lane.Attach(next);
        _ = _lane.DeliverAsync(next, 1, redelivered: false, Of(1));
        _ = _lane.DeliverAsync(_channel, 7, redelivered: false, Of(4)); // the broker serves the old one still
        _ = _lane.DeliverAsync(next, 2, redelivered: false, Of(2));
        Assert.Equal([1, 2], _lane.Take(10, 10).Select(slice => slice.Count));
        Assert.False(_channel.IsOpen); // closed, so that the broker takes its deliveries back
    }

    [Fact]
    public async Task What_an_open_channel_holds_is_answered_only_when_it_is_closed_also_when_another_takes_its_place()
    {
        var held = _lane.DeliverAsync(_channel, 1, redelivered: false, Of(1));
        var channel = (FakeChannel)_channel;
        channel.Closing = new TaskCompletionSource();
        _lane.Attach(FakeChannel.Open());
        Assert.False(held.IsCompleted); // on an open channel that would be an acknowledgement of what nobody decided

        channel.Closed = true;
        Assert.False(held.IsCompleted);
        channel.Go();
        await held;
    }

    [Fact]
    public void A_lane_may_leave_when_something_fresh_came_or_all_that_came_again_is_committed_or_nothing_comes()
    {
        var clock = new FakeTimeProvider();
        var lane = new Lane(3, clock);
        Assert.True(lane.MayLeave); // not subscribed
        lane.Attach(_channel);
        lane.Leave();
        Assert.False(lane.MayLeave); // the broker may just have made it the active one
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(lane.MayLeave);

        var first = lane.DeliverAsync(_channel, 1, redelivered: true, Of(1));
        var second = lane.DeliverAsync(_channel, 2, redelivered: true, Of(1));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(lane.MayLeave); // they would go back behind what was returned with them
        lane.Complete(lane.Take(1, 1)[0].Delivery);
        Assert.False(lane.MayLeave);
        lane.Complete(lane.Take(1, 1)[0].Delivery);
        Assert.True(lane.MayLeave); // all that goes back is committed
        Assert.False(first.IsCompleted || second.IsCompleted); // else the broker would send more

        lane.Stay();
        Assert.True(first.IsCompleted && second.IsCompleted);
        Assert.False(lane.MayLeave); // nobody asked it to, so nobody waited
        lane.Leave();
        Assert.False(lane.MayLeave); // more may be on its way
        var fresh = lane.DeliverAsync(_channel, 3, redelivered: false, Of(1));
        Assert.True(lane.MayLeave);
        _ = lane.DeliverAsync(_channel, 4, redelivered: true, Of(1)); // handed over late by the bus
        Assert.True(lane.MayLeave);
        lane.Complete(lane.Take(1, 1)[0].Delivery);
        Assert.True(fresh.IsCompleted); // goes on as ever until it leaves

        ((FakeChannel)_channel).Go();
        lane.Attach(FakeChannel.Open());
        Assert.False(lane.MayLeave); // of the new channel nothing is known yet
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(lane.MayLeave);
    }

    [Fact]
    public void A_lane_released_for_good_takes_no_channel_until_it_is_reopened()
    {
        _lane.Release(forGood: true);
        Assert.False(_lane.Attach(_channel));
        _lane.Reopen();
        Assert.True(_lane.Attach(_channel));
    }

    private static Envelope Of(int actions) => new(
        3, 1, "ingress-1", [.. Enumerable.Range(0, actions).Select(_ => new AcceptedAction(
            "old-town", "ada", "f", DateTimeOffset.UnixEpoch, new OpenHunt { ActionId = Guid.CreateVersion7() }))]);
}
