using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace TreasureHunt.Processors.Lanes;

/// <summary>Ready means subscribed to every lane: from then on this processor works lanes or stands by for them.</summary>
public sealed class LanesHealth(LaneHost host) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var workers = host.Workers;
        var missing = workers.Where(worker => !worker.Lane.Subscribed).Select(worker => worker.Lane.Number).ToList();
        return Task.FromResult(workers.Count > 0 && missing.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(workers.Count == 0 ? "No lane is subscribed to yet." : $"Not subscribed to lanes {string.Join(", ", missing)}."));
    }
}
