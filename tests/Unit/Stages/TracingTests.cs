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
