using System.Buffers;
using System.Diagnostics.Metrics;
using MassTransit;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.Ingress.Intake;

/// <summary>
/// Partners' messages from the queue player-actions: the same JSON, the same checks and the same lanes as over HTTP; the
/// headers carry the token and the hunt. A message is acknowledged only when the broker has confirmed what became of it:
/// an envelope on its lane, or the message parked with its cause. "Later" is waited for here, so the queue holds what the
/// engine cannot take. Sits before MassTransit's own deserialiser, for the bodies are anybody's.
/// </summary>
internal sealed class PlayerActionsIntake : IFilter<ReceiveContext>
{
    /// <summary>Of a parked message this much is kept.</summary>
    public const int MaxParkedBytes = 1024 * 1024;

    private readonly TokenValidator _tokens;
    private readonly Acceptance _acceptance;
    private readonly LanePublisher _publisher;
    private readonly LivePipelines _pipelines;
    private readonly Seal _seal;
    private readonly TimeProvider _clock;
    private readonly ILogger<PlayerActionsIntake> _log;
    private readonly UpDownCounter<long> _inFlight;
    private readonly Counter<long> _parked;

    public PlayerActionsIntake(
        TokenValidator tokens, Acceptance acceptance, LanePublisher publisher, LivePipelines pipelines, Seal seal, TimeProvider clock, IMeterFactory meters,
        ILogger<PlayerActionsIntake> log)
    {
        (_tokens, _acceptance, _publisher, _pipelines, _seal, _clock, _log) = (tokens, acceptance, publisher, pipelines, seal, clock, log);
        var meter = meters.Create("TreasureHunt");
        _inFlight = meter.CreateUpDownCounter<long>("hunt.intake.in_flight", "{message}", "Messages of the intake in work");
        _parked = meter.CreateCounter<long>("hunt.intake.parked", "{message}", "Messages that could not be accepted");
    }

    /// <summary>Returning acknowledges the message; an exception returns it to the queue.</summary>
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        _inFlight.Add(1);
        try
        {
            var hunt = Header(context, "hunt");
            var body = context.Body.GetBytes();
            for (var tries = 0; await TryAsync(context, hunt, body) is { } problem; tries++)
            {
                if (!IsForLater(problem))
                {
                    if (await TryParkAsync(hunt, body, problem, context.CancellationToken)) return;
                }
                await Task.Delay(Backoff.Before(tries, _pipelines.Broker.Policy), _clock, context.CancellationToken);
            }
        }
        finally
        {
            _inFlight.Add(-1);
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("playerActionsIntake");

    /// <returns>null: its actions are on their lane</returns>
    private async Task<Problem?> TryAsync(ReceiveContext context, string? hunt, byte[] body)
    {
        var (caller, why) = await CallerAsync(Header(context, "authorization"));
        if (caller is null) return Problem.Of(401, ProblemTypes.TokenInvalid, "No valid token", why!);
        if (hunt is null) return Problem.Of(400, ProblemTypes.HeaderInvalid, "No hunt", "Set the header hunt to the hunt's slug.");
        if (!caller.IsPlayer && !caller.IsService && !caller.IsOrganiser) return Problem.Of(403, ProblemTypes.RoleMissing, "Role missing", "The token's roles do not allow actions.");

        var (admission, refused) = await _acceptance.AdmitAsync(caller, hunt, publishes: false, context.CancellationToken);
        if (admission is null) return refused;
        var (submission, _, wrong) = _acceptance.Accept(admission, new ReadOnlySequence<byte>(body), idFromHeader: null, asks: false);
        if (submission is null) return wrong;
        return await submission.Sent == Sending.Confirmed ? null : AcceptanceProblems.NotConfirmed();
    }

    private async ValueTask<(Caller?, string?)> CallerAsync(string? authorization)
    {
        const string scheme = "Bearer ";
        if (authorization is null || !authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return (null, "Set the header authorization to: Bearer <token>.");
        return await _tokens.CheckAsync(authorization[scheme.Length..].Trim());
    }

    /// <summary>Overload and outages pass; the message waits.</summary>
    private static bool IsForLater(Problem problem) => problem.Status is 429 or 503;

    private async Task<bool> TryParkAsync(string? hunt, byte[] body, Problem problem, CancellationToken cancel)
    {
        var kept = body.Length <= MaxParkedBytes ? body : body.AsSpan(0, MaxParkedBytes).ToArray();
        var cause = Cause(problem) + (kept.Length < body.Length ? $" (kept {kept.Length} of {body.Length} bytes)" : "");
        var parked = new ParkedIntake(Guid.CreateVersion7(_clock.GetUtcNow()), _clock.GetUtcNow(), cause, _seal.Close(Convert.ToBase64String(kept)), hunt);
        try
        {
            await _publisher.PublishAsync(parked, cancel);
            _parked.Add(1, new KeyValuePair<string, object?>("type", problem.Type));
            return true;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            _log.LogWarning("A message could not be parked yet: {Error}", e.Message);
            return false;
        }
    }

    private static string Cause(Problem problem)
    {
        if (problem.Errors is not { Count: > 0 } errors) return $"{problem.Title}: {problem.Detail}";
        return $"{problem.Title}: {string.Join(" ", errors.Select(error => $"{(error.Field.Length == 0 ? "body" : error.Field)}: {error.Message} {error.Fix}"))}";
    }

    private static string? Header(ReceiveContext context, string name) =>
        context.TransportHeaders.TryGetHeader(name, out var value) && value?.ToString() is { Length: > 0 } text ? text : null;
}
