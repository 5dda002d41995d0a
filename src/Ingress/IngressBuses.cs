using MassTransit;
using TreasureHunt.Ingress.Intake;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.Ingress.Outcomes;
using TreasureHunt.Ingress.Views;
using TreasureHunt.Prefetch;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Ingress;

/// <summary>Two connections: one that only publishes, one that only consumes. A blocked publisher then stops no consumer.</summary>
internal static class IngressBuses
{
    public static void AddIngressBuses(this IServiceCollection services, HuntOptions options)
    {
        services.AddMassTransit<IPublishBus>(bus => bus.UsingRabbitMq((_, rabbit) => rabbit.ConfigureHuntHost(options, "publish")));
        services.AddMassTransit(bus => bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.ConfigureHuntHost(options, "consume");
            var lanes = context.GetRequiredService<LaneWriters>();
            OutcomesEndpoint.Connect(rabbit, lanes);
            FactsEndpoint.Connect(rabbit, context.GetRequiredService<HuntViews>(), queue: lanes.ReplyTo.Replace("outcomes.", "facts."));
            IntakeEndpoint.Connect(rabbit, context.GetRequiredService<PlayerActionsIntake>(), context.GetRequiredService<LivePrefetch>());
        }));
    }
}
