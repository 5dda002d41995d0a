using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>A process that hears nothing goes on and says so.</summary>
public sealed class SettingsStatusTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly SettingsStatus _status;

    public SettingsStatusTests() => _status = new SettingsStatus(new LiveSettings(SettingsSchema.Defaults), knownAt: null, _time, _services.GetRequiredService<IMeterFactory>());

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Silence_is_a_metric_and_after_a_while_a_detail_of_the_health_until_something_is_heard()
    {
        _time.Advance(TimeSpan.FromSeconds(SettingsStatus.StaleAfterSeconds));
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);
        Assert.Equal(SettingsStatus.StaleAfterSeconds, Gauge("hunt.settings.staleness"));

        _time.Advance(TimeSpan.FromSeconds(5));
        var health = await HealthAsync();
        Assert.Equal((HealthStatus.Degraded, 20.0), (health.Status, health.Data["stalenessSeconds"]));
        Assert.Contains("last known good", health.Description);
        Assert.Equal(20, Gauge("hunt.settings.staleness"));

        _status.Heard();
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);
        Assert.Equal(0, Gauge("hunt.settings.staleness"));
    }

    [Fact]
    public async Task Why_the_newest_version_is_not_in_force_is_said_while_it_is_not()
    {
        _status.Problem = "lane.batchCap is refused";
        var health = await HealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Equal("lane.batchCap is refused", health.Data["problem"]);
        _status.Problem = null;
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);
    }

    private Task<HealthCheckResult> HealthAsync() => _status.CheckHealthAsync(new HealthCheckContext());

    private double Gauge(string name)
    {
        using var heard = new HeardMetrics(_services.GetRequiredService<IMeterFactory>());
        return heard.Of(name);
    }
}
