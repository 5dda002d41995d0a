using MassTransit;
using TreasureHunt.Contracts;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Ingress.Views;

/// <summary>Committed facts as the processors announce them: one at a time, in order. Whatever is lost here is read from the store.</summary>
internal static class FactsEndpoint
{
    /// <summary>An ingress that falls behind loses the oldest announcements and reads them from the store.</summary>
    private const int MaxAnnouncementsKept = 10_000;
    private static readonly TimeSpan KeptByBroker = TimeSpan.FromSeconds(10);

    public static void Connect(IRabbitMqBusFactoryConfigurator bus, HuntViews views, string queue) =>
        bus.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.HearsAlone(HuntBus.FactsExchange, Wire.Default.CommittedFacts, views.Hear);
            endpoint.SetQueueArgument("x-message-ttl", (int)KeptByBroker.TotalMilliseconds);
            endpoint.SetQueueArgument("x-max-length", MaxAnnouncementsKept);
            endpoint.ConnectReceiveEndpointObserver(new FeedState(views));
        });

    /// <summary>Tells the views whether they hear.</summary>
    private sealed class FeedState(HuntViews views) : IReceiveEndpointObserver
    {
        public Task Ready(ReceiveEndpointReady ready)
        {
            views.FeedIsUp();
            return Task.CompletedTask;
        }

        public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

        public Task Completed(ReceiveEndpointCompleted completed)
        {
            views.FeedIsDown();
            return Task.CompletedTask;
        }

        public Task Faulted(ReceiveEndpointFaulted faulted)
        {
            views.FeedIsDown();
            return Task.CompletedTask;
        }
    }
}
