using MassTransit;
using TreasureHunt.ConfigService.Http;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.OpenApi;

namespace TreasureHunt.ConfigService.Lanes;

/// <summary>The bus that lane reports come in by: a connection of its own, so that presence never waits behind anything.</summary>
public interface ILaneReportsBus : IBus;

public static class LaneRegistration
{
    private static readonly SettingsSubject Anybody = new("config", "any");

    public static void AddLanePlan(this WebApplicationBuilder builder, HuntOptions options)
    {
        builder.Services.AddSingleton<LanePresence>();
        builder.Services.AddSingleton<LaneDepths>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LaneDepths>());
        builder.Services.AddHostedService<LanePlanKeeper>();
        builder.Services.AddMassTransit<ILaneReportsBus>(bus => bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.ConfigureHuntHost(options, "lane-reports");
            rabbit.HearsLaneReports(options.Instance, context.GetRequiredService<LanePresence>().Hear);
        }));
    }

    /// <summary>Who should own which lane, who does, and which lanes are hot. Needs operator.</summary>
    public static void MapLanes(this WebApplication app) =>
        app.MapGet("/lanes", (HttpContext context, SettingsLog log, LanePresence presence, LaneDepths depths, HuntOptions options) =>
            Answers.WithStoreAsync(async cancel =>
            {
                var state = (await log.ReadAsync(cancel)).State;
                var lane = SettingsSchema.Resolve(state.Version, state.Values, Anybody).Snapshot?.Lane ?? SettingsSchema.Defaults.Lane;
                return Answers.Of(
                    LaneOverview.Of(state.Version, lane.Balance, lane.Plan, options.Lanes, presence.Reports(), depths.Of), Wire.Default.LanesView);
            }, context)).RequireAuthorization(Policies.Operate)
            .WithName("getLanes").WithTags("Lanes").WithSummary("Who should own which lane, who works it, and which are hot")
            .Produces<LanesView>().ProducesProblems(401, 403, 503);
}
