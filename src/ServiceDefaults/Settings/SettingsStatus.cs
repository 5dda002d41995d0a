using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>How well a process is informed about its settings, as metrics and as a health detail. Thread-safe.</summary>
public sealed class SettingsStatus : IHealthCheck
{
    /// <summary>Beacons come every 3 s; without one for this long the process counts as stale. It works on regardless.</summary>
    public const int StaleAfterSeconds = 15;

    private readonly LiveSettings _live;
    private readonly TimeProvider _time;
    private long _heard;
    private volatile string? _problem;

    /// <param name="knownAt">when what the process begins with was known to be the latest; null: it begins with the defaults</param>
    public SettingsStatus(LiveSettings live, DateTimeOffset? knownAt, TimeProvider time, IMeterFactory meters)
    {
        (_live, _time) = (live, time);
        var age = knownAt is { } at && time.GetUtcNow() is var now && at < now ? now - at : TimeSpan.Zero;
        _heard = time.GetTimestamp() - (long)(age.TotalSeconds * time.TimestampFrequency);
        var meter = meters.Create("TreasureHunt");
        meter.CreateObservableGauge("hunt.settings.staleness", () => Staleness.TotalSeconds, "s", "Since the settings in force were last known to be the latest");
        meter.CreateObservableGauge("hunt.settings.version", () => live.Current.Version, "{version}", "Version of the snapshot in force");
    }

    /// <summary>
    /// Since ConfigService, by a message or an answer, last said what this process holds and nothing newer was heard of. Counts on over a restart; without a last known good since the start.
    /// </summary>
    public TimeSpan Staleness => _time.GetElapsedTime(Interlocked.Read(ref _heard));

    /// <summary>The same by the wall clock.</summary>
    public DateTimeOffset KnownAt => _time.GetUtcNow() - Staleness;

    /// <summary>Why the newest version is not in force; null when it is.</summary>
    public string? Problem { get => _problem; set => _problem = value; }

    public void Heard() => Interlocked.Exchange(ref _heard, _time.GetTimestamp());

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (version, staleness, problem) = (_live.Current.Version, Staleness, Problem);
        var data = new Dictionary<string, object> { ["version"] = version, ["stalenessSeconds"] = Math.Round(staleness.TotalSeconds, 1) };
        if (problem is not null) data["problem"] = problem;
        var text = $"settings version {version}, heard {staleness.TotalSeconds:0} s ago";
        return Task.FromResult(problem is not null ? HealthCheckResult.Degraded($"{text}: {problem}", data: data)
            : staleness.TotalSeconds > StaleAfterSeconds ? HealthCheckResult.Degraded($"{text}: working on the last known good", data: data)
            : HealthCheckResult.Healthy(text, data));
    }
}
