using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.Tests.Unit.Lanes;

namespace TreasureHunt.Tests.Unit.Stages;

/// <summary>Who listens is known to the whole process: these run one after the other, and look only at their own traces.</summary>
public sealed class TracingTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 12, 1, 18, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly StageTimes _times;

    public TracingTests() => _times = new StageTimes(_clock);

    [Fact]
    public async Task With_a_listener_an_envelope_is_one_trace_with_a_span_for_each_stage_and_the_batch_links_to_it()
    {
        using var listener = Listen(ActivitySamplingResult.AllDataAndRecorded);
        using var request = new Activity("request").Start();
        var (envelope, ledger) = await SendAsync();
        Assert.NotNull(envelope.TraceParent);
        var root = Tracing.Carried(envelope.TraceParent);
        Assert.NotEqual(request.TraceId, root.TraceId); // one envelope, many requests: linked, not below one of them
        var (stages, batch) = Work(envelope);
        ledger.Decided(new EnvelopeOutcomes(envelope.Lane, envelope.Sequence, [], stages));

        var trace = _ended.Where(span => span.TraceId == root.TraceId).ToList();
        var parent = Assert.Single(trace, span => span.DisplayName == "envelope");
        Assert.Equal(root.SpanId, parent.SpanId);
        Assert.Equal(request.SpanId, Assert.Single(parent.Links).Context.SpanId);
        var spans = trace.Where(span => span != parent).OrderBy(span => span.StartTimeUtc).ToList();
        Assert.Equal(
            new[] { "accepted", "answered", "committed", "confirmed", "decided", "queued", "settings", "settings", "waiting" }, spans.Select(span => span.DisplayName).Order());
        Assert.All(spans, span => Assert.Equal(parent.SpanId, span.ParentSpanId));
        Assert.All(spans, span => Assert.True(span.StartTimeUtc >= parent.StartTimeUtc && span.StartTimeUtc + span.Duration <= parent.StartTimeUtc + parent.Duration));

        var together = Assert.Single(_ended, span => span.DisplayName == "batch" && span.Links.Any(link => link.Context.TraceId == root.TraceId));
        Assert.NotEqual(root.TraceId, together.TraceId);
        Assert.Equal((default, 3), (together.ParentSpanId, together.GetTagItem("hunt.lane")));
        Assert.Equal(together.Id, batch.Times.TraceParent);
        Assert.Same(request, Activity.Current); // what this thread was doing goes on
    }

    [Fact]
    public void Every_span_is_as_long_as_its_stage_and_begins_where_the_one_before_ended()
    {
        using var listener = Listen(ActivitySamplingResult.AllDataAndRecorded);
        var (began, ledger, lane, clock) = (_clock.GetUtcNow(), new LaneLedger(_clock), new Lane(3, _clock), new StageClock(_times, _clock));
        var submission = new Submission([Action()], asks: true);
        Assert.True(ledger.TryTake(submission, 10));
        Pass(7);
        var life = new EnvelopeLife(_times, _clock, [submission], TimeSpan.FromMilliseconds(2));
        ledger.Sent(1, [submission], life);
        Pass(4);
        life.Confirm();
        Pass(2);
        Deliver(lane, life, submission);
        Pass(3);
        clock.AskSettings();
        Pass(1);
        clock.HaveSettings();
        var batch = new DecidedBatch { Times = { Held = clock.Begin() } };
        var told = Commit(lane, clock, batch, actions: 10, decided: 8, committed: 9)[0].Delivery.Stages;
        Pass(11);
        ledger.Decided(new EnvelopeOutcomes(3, 1, [], told));

        var trace = _ended.Where(span => span.TraceId == life.Span!.TraceId).ToList();
        Assert.Equal(
            new[]
            {
                ("accepted", 0.0, 5.0), ("settings", 5, 2), ("confirmed", 7, 4), ("queued", 7, 6), ("waiting", 13, 3), ("settings", 16, 1), ("decided", 17, 8),
                ("committed", 25, 9), ("answered", 34, 11),
            },
            trace.Where(span => span != life.Span).Select(Times).OrderBy(span => span.From).ThenBy(span => span.Took));
        Assert.Equal(("envelope", 0, 45), Times(life.Span!));
        Assert.Equal(("batch", 17, 17), Times(Assert.Single(_ended, span => span.Id == batch.Times.TraceParent)));

        (string Name, double From, double Took) Times(Activity span) =>
            (span.DisplayName, (span.StartTimeUtc - began.UtcDateTime).TotalMilliseconds, span.Duration.TotalMilliseconds);
    }

    [Fact]
    public void An_envelope_that_is_taken_in_parts_has_its_spans_once_and_a_link_from_every_batch()
    {
        using var listener = Listen(ActivitySamplingResult.AllDataAndRecorded);
        var (lane, clock, submission) = (new Lane(3, _clock), new StageClock(_times, _clock), new Submission([Action(), Action(), Action()], asks: true));
        Assert.True(new LaneLedger(_clock).TryTake(submission, 10));
        var life = new EnvelopeLife(_times, _clock, [submission], TimeSpan.Zero);
        Deliver(lane, life, submission);
        var batches = new[] { new DecidedBatch(), new DecidedBatch() };
        foreach (var (i, batch) in batches.Index()) Commit(lane, clock, batch, actions: 2, decided: i + 1, committed: 1);

        var trace = _ended.Where(span => span.TraceId == life.Span!.TraceId).ToList();
        Assert.Equal(["accepted", "committed", "decided", "queued", "settings", "settings", "waiting"], trace.Select(span => span.DisplayName).Order());
        Assert.Equal(2, trace.Single(span => span.DisplayName == "decided").Duration.TotalMilliseconds); // of the batch that ends it
        Assert.All(batches, batch => Assert.Equal(
            life.Span!.SpanId, Assert.Single(Assert.Single(_ended, span => span.Id == batch.Times.TraceParent).Links).Context.SpanId));
    }

    [Fact]
    public async Task What_is_not_sampled_carries_nothing()
    {
        using var listener = Listen(ActivitySamplingResult.PropagationData);
        var (envelope, _) = await SendAsync();
        Assert.Null(envelope.TraceParent);
        Assert.Null(Work(envelope).Batch.Times.TraceParent);
    }

    [Fact]
    public async Task Without_a_listener_no_span_is_made_and_nothing_is_carried()
    {
        Assert.False(Tracing.IsOn);
        using var request = new Activity("request").Start();
        var submission = new Submission([Action()], asks: true);
        Assert.Null(submission.Request);
        Assert.Null(new EnvelopeLife(_times, _clock, [submission], TimeSpan.Zero).Span);
        Assert.Null(Tracing.Begin("envelope", ActivityKind.Internal, _clock.GetUtcNow()));
        var (envelope, _) = await SendAsync();
        Assert.Null(envelope.TraceParent);
        Assert.Null(Work(envelope).Batch.Times.TraceParent);
    }

    [Fact]
    public void Without_a_listener_no_stage_leaves_even_garbage()
    {
        Assert.False(Tracing.IsOn);
        using var request = new Activity("request").Start();
        var (stages, parent, at) = (Enum.GetValues<Stage>(), request.Context, _clock.GetUtcNow());
        Spans(); // compiles
        var before = GC.GetAllocatedBytesForCurrentThread();
        Spans();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Spans()
        {
            foreach (var stage in stages) Tracing.Span(stage, parent, at, TimeSpan.FromMilliseconds(1));
        }
    }

    private void Deliver(Lane lane, EnvelopeLife life, Submission submission) => _ = lane.DeliverAsync(
        FakeChannel.Open(), 1, redelivered: false, new Envelope(3, 1, "ingress-1", submission.Actions, SentAt: life.SentAt, TraceParent: Tracing.ToCarry(life.Span)));

    private List<Slice> Commit(Lane lane, StageClock clock, DecidedBatch batch, int actions, double decided, double committed)
    {
        var (slices, began) = (lane.Take(actions, 10), _clock.GetTimestamp());
        Pass(decided);
        batch.Times.Decided = TimeSpan.FromMilliseconds(decided);
        Pass(committed);
        batch.Times.Commit(_clock, began);
        clock.Committed(3, slices, batch);
        return slices;
    }

    private void Pass(double ms) => _clock.Advance(TimeSpan.FromMilliseconds(ms));

    private async Task<(Envelope, LaneLedger)> SendAsync()
    {
        Envelope? sent = null;
        var ledger = new LaneLedger(_clock);
        var writer = new LaneWriter(3, "ingress-1", "outcomes.1", ledger, (envelope, _) =>
        {
            sent = envelope;
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            return Task.CompletedTask;
        }, new Rounds(() => TimeSpan.Zero, _clock, Rounds.PerAction), _times, _clock);
        var submission = new Submission([Action()], asks: true);
        Assert.True(ledger.TryTake(submission, 10) && writer.TryEnqueue(submission));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        writer.Complete();
        await writer.RunAsync(default);
        return (sent!, ledger);
    }

    private (EnvelopeStages Stages, DecidedBatch Batch) Work(Envelope envelope)
    {
        var lane = new Lane(3, _clock);
        _ = lane.DeliverAsync(FakeChannel.Open(), 1, redelivered: false, envelope);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        var clock = new StageClock(_times, _clock);
        clock.AskSettings();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        clock.HaveSettings();
        clock.Begin();
        var (slices, batch, began) = (lane.Take(10, 10), new DecidedBatch(), _clock.GetTimestamp());
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        batch.Times.Decided = TimeSpan.FromMilliseconds(1);
        batch.Times.Commit(_clock, began);
        clock.Committed(3, slices, batch);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        return (slices[0].Delivery.Stages!, batch);
    }

    private AcceptedAction Action() => new("old-town", "ada", "f", _clock.GetUtcNow(), new OpenHunt { ActionId = Guid.CreateVersion7(_clock.GetUtcNow()) });

    private ActivityListener Listen(ActivitySamplingResult sampling)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TreasureHunt",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
