using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serilog.Core;
using Serilog.Events;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.ServiceDefaults.Settings;

public static class LiveSettingsRegistration
{
    /// <summary>
    /// Registers <see cref="LiveSettings"/>, usable from the first moment: it begins with the last known good values of this
    /// instance, or the defaults, and follows the settings stream from then on. Neither ConfigService nor the broker is
    /// needed to start or to work. To act on changes, register a <see cref="SettingsGovernor"/>.
    /// </summary>
    /// <param name="service">ingress, processors or config: named in the file and in receipts</param>
    public static void AddLiveSettings(this IHostApplicationBuilder builder, string service)
    {
        var services = builder.Services;
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<HuntOptions>();
            var subject = new SettingsSubject(service, options.Instance, options.Group);
            return new SettingsFile(SettingsFile.PathOf(options.DataDir, subject), subject, provider.GetRequiredService<ILogger<SettingsFile>>());
        });
        services.AddSingleton(provider =>
        {
            var (options, file, loggers) = (provider.GetRequiredService<HuntOptions>(), provider.GetRequiredService<SettingsFile>(), provider.GetRequiredService<ILoggerFactory>());
            var journal = new SettingsJournalFile(SettingsJournalFile.PathOf(options.DataDir, file.Subject), loggers.CreateLogger<SettingsJournalFile>());
            return new CrashGuard(
                file.Read(), file.Subject, journal, options.Probation, provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), loggers.CreateLogger<CrashGuard>());
        });
        services.AddSingleton(provider => new SettingsStart(provider.GetRequiredService<CrashGuard>().Start, provider.GetRequiredService<SettingsFile>().Subject, provider.GetRequiredService<SettingsFile>().KnownAt));
        services.AddHostedService(provider => new CrashGuardRun(provider.GetRequiredService<CrashGuard>(), provider));
        services.AddSingleton(provider =>
        {
            var (state, subject, _) = provider.GetRequiredService<SettingsStart>();
            return new LiveSettings(SettingsSchema.Resolve(state.Version, state.Values, subject).Snapshot!);
        });
        services.AddSingleton<SettingsGovernor>(provider => LogLevel(provider.GetRequiredService<LoggingLevelSwitch>()));
        LivePipelines.AddTo(services);
        services.AddSingleton(provider => new SettingsStatus(
            provider.GetRequiredService<LiveSettings>(), provider.GetRequiredService<SettingsStart>().KnownAt, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()));
        services.AddHealthChecks().AddCheck<SettingsStatus>("settings");
        services.AddHostedService(provider =>
        {
            var options = provider.GetRequiredService<HuntOptions>();
            var time = provider.GetRequiredService<TimeProvider>();
            var pipelines = provider.GetRequiredService<LivePipelines>();
            return new SettingsSubscription(
                options, provider.GetRequiredService<SettingsStart>(), provider.GetRequiredService<LiveSettings>(),
                provider.GetRequiredService<CrashGuard>(), provider.GetRequiredService<SettingsFile>(), provider.GetRequiredService<SettingsStatus>(),
                provider.GetServices<SettingsGovernor>(), options.ConfigService is null ? null : new SettingsSource(options, pipelines.Config, time),
                pipelines.Broker, time, provider.GetRequiredService<ILoggerFactory>());
        });
    }

    private static SettingsGovernor LogLevel(LoggingLevelSwitch level) => (snapshot, _) =>
    {
        level.MinimumLevel = Enum.Parse<LogEventLevel>(snapshot.Log.Level, ignoreCase: true);
        return Task.FromResult<IReadOnlyDictionary<string, SettingValue>>(new Dictionary<string, SettingValue>
        {
            [SettingsSchema.LogLevel.Key] = SettingValue.Of(level.MinimumLevel.ToString().ToLowerInvariant()),
        });
    };
}

/// <summary>Who this process is, and the state it began with: read once, before anything else.</summary>
/// <param name="KnownAt">when the state was last known to be the latest; null: it is the defaults</param>
public sealed record SettingsStart(SettingsState State, SettingsSubject Subject, DateTimeOffset? KnownAt = null);
