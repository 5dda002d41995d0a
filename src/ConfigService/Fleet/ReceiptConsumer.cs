using Marten;
using MassTransit;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>Keeps the latest receipt of every instance; one at a time, so that an older one never replaces a newer.</summary>
public sealed class ReceiptConsumer(IDocumentStore store) : IConsumer<SettingsReceipt>
{
    public async Task Consume(ConsumeContext<SettingsReceipt> context)
    {
        var receipt = context.Message;
        await using var session = store.LightweightSession();
        var known = await session.LoadAsync<SettingsReceipt>(receipt.Instance, context.CancellationToken);
        if (known is not null && known.At > receipt.At) return;
        session.Store(receipt);
        await session.SaveChangesAsync(context.CancellationToken);
    }
}

public sealed class ReceiptConsumerDefinition : ConsumerDefinition<ReceiptConsumer>
{
    public ReceiptConsumerDefinition()
    {
        EndpointName = SettingsReceipt.Queue;
        ConcurrentMessageLimit = 1;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpoint, IConsumerConfigurator<ReceiptConsumer> consumer, IRegistrationContext context)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PrefetchCount = 16;
        endpoint.UseMessageRetry(retry => retry.Exponential(10, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(500)));
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator queue) return;
        foreach (var (name, value) in SettingsTopology.ReceiptArguments()) queue.SetQueueArgument(name, value);
    }
}
