using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.ConfigService.Settings;

public static class SettingsRegistration
{
    private const int MaxConnections = 10;

    public static void AddSettings(this WebApplicationBuilder builder, HuntOptions options)
    {
        builder.Services.AddSingleton(_ => SettingsStore.Open(options.DataSource("settings", MaxConnections, TimeSpan.FromSeconds(5))));
        builder.Services.AddSingleton<Marten.IDocumentStore>(services => services.GetRequiredService<Marten.DocumentStore>());
        builder.Services.AddSingleton<SettingsLog>();
        builder.Services.AddHealthChecks().AddCheck<HistoryIsRead>("history");
        builder.Services.AddSingleton<SettingsNews>();
        builder.Services.AddSingleton<SettingsPublisher>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SettingsPublisher>());
        builder.Services.AddSingleton<SettingsDue>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SettingsDue>());
    }
}
