using MassTransit;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>Takes receipts in, those that come together at once; one batch at a time, so that an older one never replaces a newer.</summary>
public sealed class ReceiptConsumer(ReceiptLog log, FleetWatch watch) : IConsumer<Batch<SettingsReceipt>>
{
    public async Task Consume(ConsumeContext<Batch<SettingsReceipt>> context)
    {
        if (await log.TakeAsync([.. context.Message.Select(receipt => receipt.Message)], context.CancellationToken)) watch.Answered();
    }
}

public sealed class ReceiptConsumerDefinition : ConsumerDefinition<ReceiptConsumer>
{
    private const int MaxBatch = 256;

    /// <summary>A transaction costs as much for one receipt as for many, and nobody waits: a receipt says itself when its version was in force.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);

    public ReceiptConsumerDefinition() => EndpointName = SettingsReceipt.Queue;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpoint, IConsumerConfigurator<ReceiptConsumer> consumer, IRegistrationContext context)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PrefetchCount = 2 * MaxBatch;
        endpoint.UseMessageRetry(retry => retry.Exponential(10, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(500)));
        consumer.Options<BatchOptions>(batch => batch.SetMessageLimit(MaxBatch).SetTimeLimit(Gather).SetConcurrencyLimit(1));
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator queue) return;
        foreach (var (name, value) in SettingsTopology.ReceiptArguments()) queue.SetQueueArgument(name, value);
    }
}
