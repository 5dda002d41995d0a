using System.Buffers;
using System.Diagnostics.Metrics;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Actions;

/// <summary>A sender who may speak to a hunt, before the body was looked at.</summary>
/// <param name="Definition">of the hunt; null for one that is about to be published</param>
public sealed record Admission(Caller Caller, string Hunt, HuntDefinition? Definition, LaneWriter Lane);

/// <summary>
/// The one door, for HTTP and AMQP alike. Order of checks: token (before us), hunt, the lane's credit, rate, the broker, shape;
/// what a full lane or an absent broker turns away costs nobody's rate. What passes is sealed and handed to its lane whole; what does not leaves no trace. Thread-safe.
/// </summary>
public sealed class Acceptance
{
    private readonly HuntDirectory _hunts;
    private readonly RateLimits _limits;
    private readonly LaneWriters _lanes;
    private readonly BrokerState _broker;
    private readonly LiveSettings _settings;
    private readonly Seal _seal;
    private readonly TimeProvider _clock;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _refused;
    private int _inFlight; // interlocked

    public Acceptance(
        HuntDirectory hunts, RateLimits limits, LaneWriters lanes, BrokerState broker, LiveSettings settings, Seal seal, TimeProvider clock,
        IMeterFactory meters)
    {
        (_hunts, _limits, _lanes, _broker, _settings, _seal, _clock) = (hunts, limits, lanes, broker, settings, seal, clock);
        var meter = meters.Create("TreasureHunt");
        _accepted = meter.CreateCounter<long>("hunt.ingress.accepted", "{action}", "Actions handed to a lane");
        _refused = meter.CreateCounter<long>("hunt.ingress.refused", "{request}", "Requests refused before anything was accepted, by problem type");
    }

    /// <summary>Is there room here and in the hunt's lane? Can be said before anything else is known; who only looks is turned away first.</summary>
    /// <returns>null: there is</returns>
    public Problem? TurnAway(string hunt, bool looks)
    {
        var settings = _settings.Current.Ingress;
        Problem problem;
        if (Volatile.Read(ref _inFlight) >= Limit(settings.InFlight)) problem = looks ? AcceptanceProblems.ActionsFirst() : AcceptanceProblems.IngressFull();
        else if (_lanes.Of(hunt).Ledger.IsFull(Limit(settings.LaneDepth))) problem = looks ? AcceptanceProblems.ActionsFirst() : AcceptanceProblems.LaneFull();
        else return null;
        return Counted(problem);

        int Limit(int ofActions) => looks ? LimitOfLooks(ofActions, settings.YieldPercent) : ofActions;
    }

    /// <summary>The share of a limit of actions at which looks are turned away; at least one, so that an idle lane turns nobody away.</summary>
    public static int LimitOfLooks(int ofActions, int yieldPercent) => Math.Max(1, (int)(ofActions * (long)yieldPercent / 100));

    /// <summary>A request with actions is worked on, until <see cref="Left"/>.</summary>
    public void Entered() => Interlocked.Increment(ref _inFlight);

    /// <summary>The broker has its actions, or they were refused.</summary>
    public void Left() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Hunt, credit and rate: all that can be said without the body. Costs one action of the sender's rate.</summary>
    /// <param name="publishes">the hunt need not exist yet</param>
    public async ValueTask<(Admission? Admission, Problem? Problem)> AdmitAsync(Caller caller, string hunt, bool publishes, CancellationToken cancel)
    {
        if (!caller.MayEnter(hunt)) return (null, Counted(AcceptanceProblems.OutOfScope(caller, hunt)));
        HuntDefinition? definition = null;
        if (!publishes)
        {
            var (found, problem) = await _hunts.FindAsync(hunt, cancel);
            if (found is null) return (null, Counted(problem!));
            definition = found;
        }
        var lane = _lanes.Of(hunt);
        if (lane.Ledger.IsFull(_settings.Current.Ingress.LaneDepth)) return (null, Counted(AcceptanceProblems.LaneFull()));
        if (Rate(caller, hunt, 1) is { } tooFast) return (null, Counted(tooFast));
        if (!_broker.MayTry()) // last: who is let through here finds out for all
        {
            GiveBack(caller, hunt, 1);
            return (null, Counted(AcceptanceProblems.BrokerAway()));
        }
        return (new Admission(caller, hunt, definition, lane), null);
    }

    /// <summary>Shape, then into the lane. All of the body's actions or none.</summary>
    /// <param name="asks">the sender waits for what becomes of them</param>
    public (Submission? Submission, bool IsArray, Problem? Problem) Accept(Admission admission, in ReadOnlySequence<byte> body, Guid? idFromHeader, bool asks)
    {
        var now = _clock.GetUtcNow();
        var rules = new ReadRules(admission.Caller, admission.Definition?.Clock ?? Clock.Wall, now, idFromHeader);
        var (actions, wrong) = ActionReader.Read(body, rules);
        if (actions is null) return (null, false, Counted(wrong!));
        var (submission, problem) = Accept(admission, actions.Actions, now, asks);
        return (submission, actions.IsArray, problem);
    }

    /// <summary>An action made by us, of a checked shape, whose sender waits for what becomes of it.</summary>
    public (Submission? Submission, Problem? Problem) Accept(Admission admission, HuntAction action) =>
        Accept(admission, [new ReadAction(action, null)], _clock.GetUtcNow(), asks: true);

    private (Submission?, Problem?) Accept(Admission admission, IReadOnlyList<ReadAction> actions, DateTimeOffset now, bool asks)
    {
        var (caller, hunt) = (admission.Caller, admission.Hunt);
        if (actions.Count > 1 && Rate(caller, hunt, actions.Count - 1) is { } tooFast) return (null, Counted(tooFast));

        var accepted = new AcceptedAction[actions.Count];
        for (var i = 0; i < accepted.Length; i++)
        {
            var (action, occurredAt) = actions[i];
            accepted[i] = new AcceptedAction(
                hunt, caller.Subject, ActionSeal.Fingerprint(action, _seal), now, ActionSeal.Close(action, hunt, _seal), occurredAt, caller.IsService);
        }
        var submission = new Submission(accepted, asks);
        var lane = admission.Lane;
        if (!lane.Ledger.TryTake(submission, _settings.Current.Ingress.LaneDepth)) return NotNow(AcceptanceProblems.LaneFull());
        if (!lane.TryEnqueue(submission))
        {
            lane.Ledger.GiveBack(submission);
            return NotNow(AcceptanceProblems.BrokerAway());
        }
        _accepted.Add(accepted.Length);
        return (submission, null);

        (Submission?, Problem?) NotNow(Problem problem)
        {
            GiveBack(caller, hunt, actions.Count);
            return (null, Counted(problem));
        }
    }

    private Problem? Rate(Caller caller, string hunt, int actions)
    {
        if (caller.IsService) return null; // a partner's back end speaks for many
        var settings = _settings.Current.Ingress;
        var wait = _limits.Take(caller.Subject, hunt, actions, settings.RatePerSecond, settings.RateBurst);
        return wait == TimeSpan.Zero ? null : AcceptanceProblems.TooFast(settings, wait);
    }

    private void GiveBack(Caller caller, string hunt, int actions)
    {
        if (!caller.IsService) _limits.GiveBack(caller.Subject, hunt, actions, _settings.Current.Ingress.RateBurst);
    }

    private Problem Counted(Problem problem)
    {
        _refused.Add(1, new KeyValuePair<string, object?>("type", problem.Type));
        return problem;
    }
}
