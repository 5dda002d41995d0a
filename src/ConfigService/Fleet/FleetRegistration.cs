using MassTransit;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.ConfigService.Fleet;

public static class FleetRegistration
{
    /// <summary>The bus that announces settings and takes the receipts in.</summary>
    public static void AddFleet(this WebApplicationBuilder builder, HuntOptions options)
    {
        builder.Services.AddSingleton<FleetKnowledge>();
        builder.Services.AddSingleton<ReceiptLog>();
        builder.Services.AddSingleton<FleetWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<FleetWatch>());
        builder.Services.AddMassTransit(bus =>
        {
            bus.AddConsumer<ReceiptConsumer, ReceiptConsumerDefinition>();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.ConfigureHuntHost(options, "fleet");
                rabbit.ConfigureEndpoints(context);
            });
        });
    }
}
