using MassTransit;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Prefetch;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.Ingress.Intake;

/// <summary>The queue player-actions, with a prefetch that follows the setting intake.prefetch while it runs.</summary>
internal static class IntakeEndpoint
{
    public static void AddIntake(this IServiceCollection services)
    {
        services.AddSingleton<PlayerActionsIntake>();
        services.AddSingleton(provider => new LivePrefetch(provider.GetRequiredService<LiveSettings>().Current.Intake.Prefetch));
        services.AddSingleton<SettingsGovernor>(provider =>
        {
            var prefetch = provider.GetRequiredService<LivePrefetch>();
            return async (snapshot, cancel) =>
            {
                var change = await prefetch.SetAsync(snapshot.Intake.Prefetch, cancel);
                return new Dictionary<string, SettingValue> { [SettingsSchema.IntakePrefetch.Key] = SettingValue.Of(change.InForce > 0 ? change.InForce : prefetch.Wanted) }; // 0: the next channel begins with it
            };
        });
    }

    public static void Connect(IRabbitMqBusFactoryConfigurator bus, PlayerActionsIntake intake, LivePrefetch prefetch) =>
        bus.ReceiveEndpoint(HuntBus.IntakeQueue, endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            foreach (var (name, value) in LaneTopology.CompetingArguments()) endpoint.SetQueueArgument(name, value);
            endpoint.UseLivePrefetch(prefetch);
            endpoint.ConfigureReceive(pipe => pipe.UseFilter(intake));
        });
}
