using TreasureHunt.Ingress.Actions;
using TreasureHunt.Ingress.Feed;
using TreasureHunt.Ingress.Http;
using TreasureHunt.Ingress.Hunts;
using TreasureHunt.Ingress.Intake;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.Ingress.OpenApi;
using TreasureHunt.Ingress.Traces;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.ServiceDefaults.Settings;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress;

/// <summary>Who may speak: HTTP and AMQP in, envelopes out, views back. Decides nothing.</summary>
public static class IngressHost
{
    private const int MaxStoreConnections = 8;

    public static WebApplication BuildIngress(this WebApplicationBuilder builder)
    {
        var options = builder.AddServiceDefaults("ingress");
        builder.AddLiveSettings("ingress");
        builder.AddHuntAuth();
        var services = builder.Services;
        services.AddSingleton(_ => options.DataSource("ingress", MaxStoreConnections, idleInTransaction: null));
        services.AddSingleton<FactReader>();

        // an action's way in
        services.AddSingleton<HuntDirectory>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<Acceptance>();
        services.AddSingleton<OutcomeReader>();
        services.AddSingleton<BrokerState>();
        services.AddSingleton<LanePublisher>();
        services.AddIntake();
        services.AddIngressBuses(options); // before the writers: stopped after them
        services.AddHostedService<LaneCount>();
        services.AddSingleton<LaneWriters>();
        services.AddHostedService(provider => provider.GetRequiredService<LaneWriters>());

        // what can be seen
        services.AddSingleton<HuntViews>();
        services.AddSingleton<TeamNames>();
        services.AddSingleton<ActionTraces>();
        services.AddSingleton<FeedPages>();
        services.AddSingleton<HuntFeeds>();
        services.AddApiDocument();

        var app = builder.Build();
        app.UseProblemPages();
        app.UseShedding(); // before the token is looked at
        app.UseHuntAuth();
        app.MapServiceDefaults();
        app.MapIngressStatus();
        app.MapActions();
        app.MapOrganisers();
        app.MapViews();
        app.MapTraces();
        app.MapFeed();
        app.MapApiDocument();
        return app;
    }
}
