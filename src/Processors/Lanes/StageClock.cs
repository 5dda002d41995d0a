using System.Diagnostics;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Takes the times of a lane's batches and of the envelopes in them. The worker's own, but for <see cref="Told"/>, which the teller calls beside it.
/// </summary>
public sealed class StageClock(StageTimes times, TimeProvider time)
{
    private long _asked;
    private TimeSpan _held;

    /// <summary>From here until <see cref="HaveSettings"/> the lane does what the settings say: waits for its pace or the gate, or reads them.</summary>
    public void AskSettings() => _asked = time.GetTimestamp();

    public void HaveSettings() => _held += time.GetElapsedTime(_asked);

    /// <summary>A batch begins.</summary>
    /// <returns>what the settings cost since the one before: it is its own</returns>
    public TimeSpan Begin()
    {
        var held = _held;
        _held = TimeSpan.Zero;
        return held;
    }

    /// <summary>Records the stages of each envelope that the batch ends, and gives them to it.</summary>
    public void Committed(int lane, List<Slice> slices, DecidedBatch batch)
    {
        var (decided, committed, began) = (batch.Times.Decided, batch.Times.Committed, batch.Times.Began);
        foreach (var slice in slices)
        {
            if (!slice.IsLast) continue;
            var delivery = slice.Delivery;
            var before = time.GetElapsedTime(delivery.Arrived, began);
            var held = batch.Times.Held < before ? batch.Times.Held : before; // the settings are asked last before a batch
            var settings = held + batch.Times.Waited + delivery.Asked;
            times.Record(Stage.Waiting, before - held);
            times.Record(Stage.Settings, settings);
            times.Record(Stage.Decided, decided);
            times.Record(Stage.Committed, committed);
            if (delivery.Envelope.SentAt is { } sent) times.Record(Stage.Queued, delivery.ArrivedAt - sent);
            delivery.Stages = new EnvelopeStages(
                delivery.ArrivedAt, Micros(before - held), Micros(settings), Micros(decided), Micros(committed), batch.Verdicts.Count, slices.Count);
        }
        if (Tracing.IsOn) Trace(lane, slices, batch);
    }

    /// <summary>The batch's results are with the broker.</summary>
    public void Told(DecidedBatch batch) => times.Record(Stage.Told, time.GetElapsedTime(batch.Times.Ended));

    private static void Trace(int lane, List<Slice> slices, DecidedBatch batch)
    {
        var at = batch.Times.CommittedAt;
        var links = new List<ActivityLink>();
        foreach (var slice in slices)
        {
            var context = Tracing.Carried(slice.Delivery.Envelope.TraceParent);
            if (context == default) continue;
            links.Add(new ActivityLink(context));
            if (slice.IsLast) Trace(slice.Delivery, context);
        }
        var span = Tracing.Begin("batch", ActivityKind.Consumer, at - batch.Times.Committed - batch.Times.Waited - batch.Times.Decided, links: links);
        span?.SetTag("hunt.lane", lane).SetTag("hunt.batch.actions", batch.Verdicts.Count);
        batch.Times.TraceParent = Tracing.ToCarry(span);
        span?.End(at);
    }

    private static void Trace(Delivery delivery, ActivityContext envelope)
    {
        var stages = delivery.Stages!;
        if (delivery.Envelope.SentAt is { } sent) Tracing.Span(Stage.Queued, envelope, sent, delivery.ArrivedAt - sent);
        var at = delivery.ArrivedAt;
        foreach (var (stage, micros) in new[]
        {
            (Stage.Waiting, stages.WaitingMicros), (Stage.Settings, stages.SettingsMicros), (Stage.Decided, stages.DecidedMicros), (Stage.Committed, stages.CommittedMicros),
        })
        {
            var took = TimeSpan.FromMicroseconds(micros);
            Tracing.Span(stage, envelope, at, took);
            at += took;
        }
    }

    private static long Micros(TimeSpan took) => took.Ticks / TimeSpan.TicksPerMicrosecond;
}

/// <summary>When a batch was decided and committed. The worker writes it, then the teller reads it.</summary>
public sealed class BatchTimes
{
    /// <summary>Timestamp: its actions were taken.</summary>
    public long Began { get; private set; }

    /// <summary>Timestamp: the commit is known.</summary>
    public long Ended { get; private set; }

    /// <summary><see cref="Ended"/> by the wall clock.</summary>
    public DateTimeOffset CommittedAt { get; private set; }

    /// <summary>What the settings cost between the batch before and this one; see <see cref="StageClock"/>.</summary>
    public TimeSpan Held { get; set; }

    /// <summary>What the decision took, in the try that was committed.</summary>
    public TimeSpan Decided { get; set; }

    /// <summary>What it waited for lane.concurrency to let its commit begin, in the try that was committed: settings too.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>All the rest from its beginning: what was left of the commit before where it was decided beside that, its own, and tries that failed.</summary>
    public TimeSpan Committed { get; private set; }

    /// <summary>Of the batch's span, when it is sampled.</summary>
    public string? TraceParent { get; set; }

    public void Commit(TimeProvider time, long began)
    {
        (Began, Ended, CommittedAt) = (began, time.GetTimestamp(), time.GetUtcNow());
        Committed = time.GetElapsedTime(Began, Ended) - Decided - Waited;
    }
}
