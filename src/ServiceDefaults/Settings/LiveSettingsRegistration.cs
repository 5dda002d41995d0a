using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Settings;

public static class LiveSettingsRegistration
{
    /// <summary>
    /// Registers <see cref="LiveSettings"/>, usable from the first moment: it begins with the last known good values of this
    /// instance, or the defaults, and follows the settings stream from then on. Neither ConfigService nor the broker is
    /// needed to start or to work.
    /// </summary>
    /// <param name="service">ingress, processors or config: named in the file and in receipts</param>
    public static void AddLiveSettings(this IHostApplicationBuilder builder, string service)
    {
        builder.Services.AddSingleton(services =>
        {
            var options = services.GetRequiredService<HuntOptions>();
            return new SettingsFile(
                SettingsFile.PathOf(options.DataDir, service, options.Instance), services.GetRequiredService<ILogger<SettingsFile>>());
        });
        builder.Services.AddSingleton(services => new SettingsStart(services.GetRequiredService<SettingsFile>().Read()));
        builder.Services.AddSingleton(services =>
        {
            var state = services.GetRequiredService<SettingsStart>().State;
            return new LiveSettings(SettingsSchema.Resolve(state.Version, state.Values).Snapshot!);
        });
    }
}

/// <summary>The state an instance began with: read once, before anything else.</summary>
public sealed record SettingsStart(SettingsState State);
