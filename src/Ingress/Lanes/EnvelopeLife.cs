using System.Diagnostics;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Ingress.Lanes;

/// <summary>
/// An envelope's stages as its ingress sees them: begun when it is sent, complete when it is answered. All of it is measured by this process's
/// monotonic clock but for the processor's part, which is told. The two wall clocks only share out what is left between the way
/// there and the way back: where they differ, one of the two is too long by what the other is too short. Written by the lane's writer and its ledger, read by any thread.
/// </summary>
public sealed class EnvelopeLife
{
    private readonly StageTimes _times;
    private readonly TimeProvider _clock;
    private readonly long _sent;
    private readonly TimeSpan _paced;
    private readonly Activity? _span;
    private long _confirmed, _answered; // 0: not yet
    private EnvelopeStages? _stages;    // written before _answered

    /// <param name="submissions">what it carries, the oldest first</param>
    /// <param name="paced">what the pace cost it, just before</param>
    public EnvelopeLife(StageTimes times, TimeProvider clock, Submission[] submissions, TimeSpan paced)
    {
        (_times, _clock, _paced) = (times, clock, paced);
        (_sent, SentAt) = (clock.GetTimestamp(), clock.GetUtcNow());
        foreach (var submission in submissions) Actions += submission.Count;

        var (accepted, settings) = BeforeSending(submissions[0].TakenAt);
        times.Record(Stage.Accepted, accepted);
        times.Record(Stage.Settings, settings);
        if (!Tracing.IsOn) return;
        var start = SentAt - settings - accepted;
        _span = Tracing.Begin("envelope", ActivityKind.Producer, start, links: LinksOf(submissions));
        if (_span is null) return;
        _span.SetTag("hunt.envelope.actions", Actions);
        Tracing.Span(Stage.Accepted, _span.Context, start, accepted);
        Tracing.Span(Stage.Settings, _span.Context, start + accepted, settings);
    }

    public DateTimeOffset SentAt { get; }

    /// <summary>Actions in the envelope.</summary>
    public int Actions { get; }

    /// <summary>The envelope's span; null: nobody listens or samples.</summary>
    public Activity? Span => _span;

    /// <summary>null: the processor told nothing.</summary>
    public EnvelopeStages? Told => Volatile.Read(ref _answered) == 0 ? null : _stages;

    public void Confirm()
    {
        Volatile.Write(ref _confirmed, _clock.GetTimestamp());
        var took = _clock.GetElapsedTime(_sent, _confirmed);
        _times.Record(Stage.Confirmed, took);
        if (_span is not null) Tracing.Span(Stage.Confirmed, _span.Context, SentAt, took);
    }

    /// <param name="stages">the processor's part; null: it told nothing</param>
    public void Answer(EnvelopeStages? stages)
    {
        _stages = stages;
        Volatile.Write(ref _answered, _clock.GetTimestamp());
        if (stages is not null)
        {
            var (back, start) = (WaysOf(stages).Back, SentAt + _clock.GetElapsedTime(_sent, _answered));
            _times.Record(Stage.Answered, back);
            if (_span is not null) Tracing.Span(Stage.Answered, _span.Context, start - back, back);
        }
        Pass();
    }

    /// <summary>It was decided, and its outcomes passed us by.</summary>
    public void Pass() => _span?.End(SentAt + _clock.GetElapsedTime(_sent));

    /// <summary>The stages of a request of this envelope: without a gap from its acceptance, and those beside. Empty: not answered, or the processor told nothing.</summary>
    /// <param name="taken">when it was accepted, timestamp</param>
    /// <param name="folded">when a view had folded it, timestamp; null: none has</param>
    public IReadOnlyList<LifeStage> StagesOf(long taken, long? folded)
    {
        if (Told is not { } told) return [];
        var (accepted, paced) = BeforeSending(taken);
        var (there, back) = WaysOf(told);
        var stages = new List<LifeStage>();
        var end = TimeSpan.Zero;
        Next(Stage.Accepted, accepted, atIngress: true);
        Next(Stage.Settings, paced, atIngress: true);
        if (Volatile.Read(ref _confirmed) is > 0 and var confirmed) stages.Add(new LifeStage(Stage.Confirmed, end, _clock.GetElapsedTime(_sent, confirmed), AtIngress: true, Beside: true));
        Next(Stage.Queued, there);
        Next(Stage.Waiting, Micros(told.WaitingMicros));
        Next(Stage.Settings, Micros(told.SettingsMicros));
        Next(Stage.Decided, Micros(told.DecidedMicros));
        Next(Stage.Committed, Micros(told.CommittedMicros));
        var committed = end;
        Next(Stage.Answered, back, atIngress: true);
        if (folded is { } at)
        {
            var visible = _clock.GetElapsedTime(taken, at) - committed;
            stages.Add(new LifeStage(Stage.Visible, committed, visible > TimeSpan.Zero ? visible : TimeSpan.Zero, AtIngress: true, Beside: true));
        }
        return stages;

        void Next(Stage stage, TimeSpan took, bool atIngress = false)
        {
            stages.Add(new LifeStage(stage, end, took, atIngress, Beside: false));
            end += took;
        }
    }

    /// <summary>The pace is the last thing before an envelope is sent.</summary>
    private (TimeSpan Accepted, TimeSpan Settings) BeforeSending(long taken)
    {
        var all = _clock.GetElapsedTime(taken, _sent);
        var settings = _paced < all ? _paced : all;
        return (all - settings, settings);
    }

    private (TimeSpan There, TimeSpan Back) WaysOf(EnvelopeStages told)
    {
        var both = _clock.GetElapsedTime(_sent, _answered) - Micros(told.WaitingMicros + told.SettingsMicros + told.DecidedMicros + told.CommittedMicros);
        if (both < TimeSpan.Zero) both = TimeSpan.Zero;
        var there = told.DeliveredAt - SentAt;
        if (there < TimeSpan.Zero) there = TimeSpan.Zero;
        if (there > both) there = both;
        return (there, both - there);
    }

    private static TimeSpan Micros(long micros) => TimeSpan.FromMicroseconds(micros);

    private static IEnumerable<ActivityLink> LinksOf(Submission[] submissions) =>
        [.. submissions.Where(submission => submission.Request is not null).Select(submission => new ActivityLink(submission.Request!.Context))];
}

/// <param name="Start">since the request was accepted</param>
/// <param name="AtIngress">measured at the ingress; else at the processor</param>
/// <param name="Beside">runs beside the others</param>
public readonly record struct LifeStage(Stage Stage, TimeSpan Start, TimeSpan Took, bool AtIngress, bool Beside);
