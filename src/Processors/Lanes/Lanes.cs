using MassTransit;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Parked;
using TreasureHunt.Processors.Storage;
using TreasureHunt.Processors.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Settings;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Lanes;

public static class LaneRegistration
{
    public static void AddLanes(this WebApplicationBuilder builder, HuntOptions options)
    {
        var store = new StoreConnections(options);
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton(services => new HuntLog(store.Writer, services.GetRequiredService<StoreCalls>()));
        builder.Services.AddSingleton(services => new FactReader(store.Reader, services.GetRequiredService<StoreCalls>()));
        builder.Services.AddSingleton(services => new Checkpoints(store.Reader, services.GetRequiredService<ILogger<Checkpoints>>(), services.GetRequiredService<StoreCalls>()));
        builder.Services.AddSingleton(services => new ParkedTable(store.Reader, services.GetRequiredService<StoreCalls>()));
        builder.Services.AddSingleton<LaneGate>();
        builder.Services.AddSingleton(services => new Rounds(() => services.GetRequiredService<LiveSettings>().Current.Lane.Pace, services.GetRequiredService<TimeProvider>(), Rounds.PerAction));
        builder.Services.AddSingleton(services => new GroupCommit(
            services.GetRequiredService<HuntLog>(), services.GetRequiredService<Contracts.Settings.LiveSettings>(), services.GetRequiredService<LaneMetrics>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<LaneMetrics>();
        builder.Services.AddSingleton<Announcer>();
        builder.Services.AddSingleton<LanePeers>();
        if (options.Views) builder.Services.AddAnalysisStore(store.Daemon);
        builder.Services.AddSingleton<ViewLag>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ViewLag>());

        builder.Services.AddMassTransit(bus =>
        {
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.ConfigureHuntHost(options, "peers", publishes: false); // it only hears
                rabbit.HearsLaneReports(options.Instance, context.GetRequiredService<LanePeers>().Hear);
            });
        });
        builder.Services.AddMassTransit<IResultsBus>(bus =>
        {
            bus.AddConsumer<ParkedIntakeConsumer>(); // here, for what it cannot keep is published to its error queue, with a confirm
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.ConfigureHuntHost(options, "results");
                rabbit.ReceiveEndpoint(LaneTopology.ParkedIntakeQueue, endpoint =>
                {
                    foreach (var (name, value) in LaneTopology.CompetingArguments()) endpoint.SetQueueArgument(name, value);
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.UseMessageRetry(retry => retry.Exponential(10, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100)));
                    endpoint.ConfigureConsumer<ParkedIntakeConsumer>(context);
                });
            });
        });

        builder.Services.AddSingleton<LaneHost>();
        builder.Services.AddHealthChecks().AddCheck<LanesHealth>("lanes");
        builder.Services.AddSingleton<SettingsGovernor>(services => services.GetRequiredService<LaneHost>().ApplyAsync);
        builder.Services.AddHostedService(services => services.GetRequiredService<LaneHost>()); // after the buses: stops before them
        builder.Services.AddHostedService<LaneMover>();    // stops before the lanes are closed
        builder.Services.AddHostedService<LaneReporter>(); // stops first: says that it leaves
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
    }

    /// <summary>What this processor does right now: lanes, totals, where the time of the last minute went, lag of the analysts' tables.</summary>
    public static void MapLaneStatus(this WebApplication app) =>
        app.MapGet("/status", (LaneHost host, LaneGate gate, GroupCommit commits, LaneMetrics metrics, StageTimes stages, ViewLag lag, HuntOptions options, Contracts.Settings.LiveSettings settings) =>
            Results.Json(new
            {
                instance = options.Instance,
                settingsVersion = settings.Current.Version,
                lanes = host.Workers.Select(worker => new { lane = worker.Lane.Number, subscribed = worker.Lane.Subscribed, active = worker.Lane.Active, envelopesInHand = worker.Lane.InHand, standsStillMs = worker.Lane.StandsStillFor.TotalMilliseconds, reopened = metrics.ReopeningOf(worker.Lane.Number) }),
                gate = new { open = gate.IsOpen },
                commits = new { limit = settings.Current.Lane.Concurrency, underWay = commits.UnderWay },
                totals = metrics.Totals,
                stages = stages.Summary(),
                views = lag.Latest,
                process = ProcessStatus.Now(),
            }));
}
