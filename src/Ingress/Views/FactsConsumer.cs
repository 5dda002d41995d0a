using MassTransit;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Ingress.Views;

/// <summary>Committed facts as the processors announce them: one at a time, in order. Whatever is lost here is read from the store.</summary>
internal sealed class FactsConsumer(HuntViews views) : IConsumer<CommittedFacts>, IReceiveEndpointObserver
{
    /// <summary>An ingress that falls behind loses the oldest announcements and reads them from the store.</summary>
    private const int MaxAnnouncementsKept = 10_000;
    private static readonly TimeSpan KeptByBroker = TimeSpan.FromSeconds(10);

    public Task Consume(ConsumeContext<CommittedFacts> context)
    {
        views.Hear(context.Message);
        return Task.CompletedTask;
    }

    public static void Connect(IRabbitMqBusFactoryConfigurator bus, HuntViews views, string queue) =>
        bus.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.HearsAlone(HuntBus.FactsExchange);
            endpoint.SetQueueArgument("x-message-ttl", (int)KeptByBroker.TotalMilliseconds);
            endpoint.SetQueueArgument("x-max-length", MaxAnnouncementsKept);
            var consumer = new FactsConsumer(views);
            endpoint.Instance(consumer);
            endpoint.ConnectReceiveEndpointObserver(consumer);
        });

    Task IReceiveEndpointObserver.Ready(ReceiveEndpointReady ready)
    {
        views.FeedIsUp();
        return Task.CompletedTask;
    }

    Task IReceiveEndpointObserver.Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    Task IReceiveEndpointObserver.Completed(ReceiveEndpointCompleted completed)
    {
        views.FeedIsDown();
        return Task.CompletedTask;
    }

    Task IReceiveEndpointObserver.Faulted(ReceiveEndpointFaulted faulted)
    {
        views.FeedIsDown();
        return Task.CompletedTask;
    }
}
