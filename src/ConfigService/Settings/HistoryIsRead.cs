using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>A ConfigService is ready when it has read the history once: before that whoever asks waits for as long as a long one takes.</summary>
public sealed class HistoryIsRead(SettingsLog log) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var version = log.LastRead.State.Version;
        return Task.FromResult(log.WasRead
            ? HealthCheckResult.Healthy($"read to version {version}")
            : HealthCheckResult.Unhealthy($"The history of settings is being read from PostgreSQL; version {version} so far."));
    }
}
