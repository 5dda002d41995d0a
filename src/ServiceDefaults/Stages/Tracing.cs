using System.Diagnostics;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.ServiceDefaults.Stages;

/// <summary>
/// Spans of the stages, for whoever collects them: one trace per envelope, one per batch with a link to each of its envelopes. They are made
/// when the stage is over, from the times that are taken anyhow; with no listener nothing is made at all.
/// </summary>
public static class Tracing
{
    public static readonly ActivitySource Source = new("TreasureHunt");

    /// <summary>Does anybody listen?</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>A span that began at a time, below another one or, with none, a trace of its own: never below whatever this thread happens to do.</summary>
    /// <returns>null: nobody listens, or it is not sampled</returns>
    public static Activity? Begin(
        string name, ActivityKind kind, DateTimeOffset start, ActivityContext parent = default, IEnumerable<ActivityLink>? links = null)
    {
        if (!IsOn) return null;
        var current = Activity.Current;
        Activity.Current = null;
        var span = Source.StartActivity(kind, parent, links: links, startTime: start, name: name);
        Activity.Current = current;
        return span;
    }

    /// <summary>Ends it at a time; what this thread does stays as it is.</summary>
    public static void End(this Activity span, DateTimeOffset end)
    {
        var current = Activity.Current;
        span.SetEndTime(end.UtcDateTime);
        span.Stop();
        Activity.Current = current;
    }

    /// <summary>A stage that is over.</summary>
    public static void Span(Stage stage, ActivityContext parent, DateTimeOffset start, TimeSpan took) =>
        Begin(StageTimes.NameOf(stage), ActivityKind.Internal, start, parent)?.End(start + took);

    /// <summary>The context to carry in a message: W3C traceparent, when the span is sampled.</summary>
    public static string? ToCarry(Activity? span) => span is { Recorded: true } ? span.Id : null;

    /// <summary>The context that a message carried; none, when it carried none or nonsense.</summary>
    public static ActivityContext Carried(string? traceParent) =>
        traceParent is not null && ActivityContext.TryParse(traceParent, null, isRemote: true, out var context) ? context : default;
}
