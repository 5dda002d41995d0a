using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.Tests.Unit.Lanes;

namespace TreasureHunt.Tests.Unit.Stages;

public sealed class StageClockTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 12, 1, 18, 0, 0, TimeSpan.Zero));
    private readonly StageTimes _times;
    private readonly StageClock _stages;
    private readonly Lane _lane;
    private readonly RabbitMQ.Client.IChannel _channel = FakeChannel.Open();
    private ulong _tag;

    public StageClockTests()
    {
        _times = new StageTimes(_clock);
        _stages = new StageClock(_times, _clock);
        _lane = new Lane(3, _clock);
    }

    [Fact]
    public void What_an_envelope_waits_for_the_settings_is_told_apart_from_all_else_it_waits_for()
    {
        Deliver();
        Pass(5); // the batch before is at work
        Held(20);
        var stages = Work(decide: 2, commit: 4);
        Assert.Equal((5_000, 20_000, 2_000, 4_000), (stages.WaitingMicros, stages.SettingsMicros, stages.DecidedMicros, stages.CommittedMicros));
        Assert.Equal((20.0, 5.0), (_times.Summary()["settings"].TotalMs, _times.Summary()["waiting"].TotalMs));
    }

    [Fact]
    public async Task A_gate_that_does_not_open_shows_as_time_of_the_settings()
    {
        var settings = new LiveSettings(SettingsSchema.Defaults);
        settings.Replace(settings.Current with { Lane = settings.Current.Lane with { Paused = true } });
        var gate = new LaneGate(settings);
        Deliver();
        _stages.AskSettings();
        var entered = gate.OpenAsync(default);
        Pass(30_000);
        settings.Replace(settings.Current with { Lane = settings.Current.Lane with { Paused = false } });
        await entered;
        _stages.HaveSettings();
        Work(decide: 1, commit: 1);
        Assert.Equal(30_000, _times.Summary()["settings"].MaxMs);
        Assert.Equal(0, _times.Summary()["waiting"].MaxMs);
    }

    [Fact]
    public void An_envelope_that_came_while_the_lane_was_held_is_charged_only_for_its_own_time()
    {
        Held(8);
        Deliver();
        Held(3);
        Assert.Equal((0, 3_000), Work(decide: 1, commit: 1) is var stages ? (stages.WaitingMicros, stages.SettingsMicros) : default);
        Deliver();
        Assert.Equal(0, Work(decide: 1, commit: 1).SettingsMicros); // of this batch: nothing
    }

    [Fact]
    public void A_lookup_in_front_of_the_lane_is_the_settings_time_and_not_the_way_to_the_processor()
    {
        Deliver(sentBefore: 50, asked: 38); // the original story's central service, asked per message
        Pass(5);
        var stages = Work(decide: 2, commit: 4);
        Assert.Equal((5_000, 38_000, 2_000, 4_000), (stages.WaitingMicros, stages.SettingsMicros, stages.DecidedMicros, stages.CommittedMicros));
        Assert.Equal((38.0, 12.0), (_times.Summary()["settings"].TotalMs, _times.Summary()["queued"].TotalMs));
    }

    [Fact]
    public void The_way_to_the_processor_is_counted_where_the_ingress_says_when_it_sent()
    {
        Deliver(sentBefore: 12);
        Work(decide: 1, commit: 1);
        Deliver(sentBefore: null); // from an ingress of an older release
        Work(decide: 1, commit: 1);
        Assert.Equal((1, 12.0), (_times.Summary()["queued"].Count, _times.Summary()["queued"].MaxMs));
    }

    [Fact]
    public void An_envelope_that_is_taken_in_parts_gets_the_stages_of_the_batch_that_ends_it()
    {
        Deliver(actions: 3);
        Assert.Null(WorkPart(2, decide: 1, commit: 1).Delivery.Stages);
        var stages = WorkPart(2, decide: 4, commit: 5).Delivery.Stages!;
        Assert.Equal((2_000, 4_000, 5_000, 1), (stages.WaitingMicros, stages.DecidedMicros, stages.CommittedMicros, stages.BatchActions));
        Assert.Equal((1, 1), (_times.Summary()["decided"].Count, _times.Summary()["waiting"].Count)); // per envelope
    }

    [Fact]
    public void A_try_that_failed_counts_as_the_commits_time_and_not_as_the_decisions()
    {
        var batch = new DecidedBatch();
        var began = _clock.GetTimestamp();
        Pass(3_000); // a try that the store did not answer
        batch.Times.Decided = TimeSpan.FromMilliseconds(2);
        Pass(2 + 5);
        batch.Times.Commit(_clock, began);
        Assert.Equal((2, 3_005), (batch.Times.Decided.TotalMilliseconds, batch.Times.Committed.TotalMilliseconds));
    }

    [Fact]
    public void What_a_commit_waits_for_its_turn_is_the_settings_doing_and_not_the_stores()
    {
        Deliver();
        Held(3);
        var batch = new DecidedBatch { Times = { Held = _stages.Begin(), Waited = TimeSpan.FromMilliseconds(40) } };
        var (slices, began) = (_lane.Take(1, 10), _clock.GetTimestamp());
        batch.Verdicts.Add(new Verdict(VerdictKind.Decided, Guid.Empty));
        Pass(2 + 40 + 5);
        batch.Times.Decided = TimeSpan.FromMilliseconds(2);
        batch.Times.Commit(_clock, began);
        _stages.Committed(3, slices, batch);
        var stages = slices[0].Delivery.Stages!;
        Assert.Equal((0, 43_000, 2_000, 5_000), (stages.WaitingMicros, stages.SettingsMicros, stages.DecidedMicros, stages.CommittedMicros));
    }

    private void Held(double ms)
    {
        _stages.AskSettings();
        Pass(ms);
        _stages.HaveSettings();
    }

    private void Deliver(int actions = 1, double? sentBefore = 0, double asked = 0) => _ = _lane.DeliverAsync(_channel, ++_tag, redelivered: false, new Envelope(
        3, 1, "ingress-1",
        [.. Enumerable.Range(0, actions).Select(_ => new AcceptedAction("old-town", "ada", "f", _clock.GetUtcNow(), new OpenHunt { ActionId = Guid.CreateVersion7(_clock.GetUtcNow()) }))],
        SentAt: sentBefore is { } ms ? _clock.GetUtcNow().AddMilliseconds(-ms) : null), TimeSpan.FromMilliseconds(asked));

    private EnvelopeStages Work(double decide, double commit) => WorkPart(256, decide, commit).Delivery.Stages!;

    private Slice WorkPart(int actions, double decide, double commit)
    {
        var held = _stages.Begin();
        var slices = _lane.Take(actions, 10);
        var batch = new DecidedBatch { Times = { Held = held } };
        for (var i = 0; i < slices[0].Count; i++) batch.Verdicts.Add(new Verdict(VerdictKind.Decided, Guid.Empty));
        var began = _clock.GetTimestamp();
        Pass(decide);
        batch.Times.Decided = TimeSpan.FromMilliseconds(decide);
        Pass(commit);
        batch.Times.Commit(_clock, began);
        _stages.Committed(3, slices, batch);
        return slices[0];
    }

    private void Pass(double ms) => _clock.Advance(TimeSpan.FromMilliseconds(ms));
}
