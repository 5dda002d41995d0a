using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Ready means subscribed to every lane: from then on this processor works lanes or stands by for them. Degraded: a lane has work in hand that does not get done, though
/// nobody has paused it.
/// </summary>
public sealed class LanesHealth(LaneHost host, LaneGate gate) : IHealthCheck
{
    /// <summary>A store that is away for a moment is waited for by design; longer than this somebody should look.</summary>
    public static readonly TimeSpan StandsStillAfter = TimeSpan.FromSeconds(30);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Of([.. host.Workers.Select(worker => worker.Lane)], gate.IsOpen));

    public static HealthCheckResult Of(IReadOnlyList<Lane> lanes, bool working)
    {
        if (lanes.Count == 0) return HealthCheckResult.Unhealthy("No lane is subscribed to yet.");
        var missing = Numbers(lane => !lane.Subscribed);
        if (missing.Length > 0) return HealthCheckResult.Unhealthy($"Not subscribed to lanes {missing}.");
        var still = working ? Numbers(lane => lane.StandsStillFor > StandsStillAfter) : "";
        return still.Length > 0
            ? HealthCheckResult.Degraded($"Lanes {still} stand still: nothing of what they have in hand got done for more than {StandsStillAfter.TotalSeconds:0} s. Does the store answer? If other lanes go on, restart this processor: others take its lanes in order.")
            : HealthCheckResult.Healthy();

        string Numbers(Func<Lane, bool> which) => string.Join(", ", lanes.Where(which).Select(lane => lane.Number));
    }
}
