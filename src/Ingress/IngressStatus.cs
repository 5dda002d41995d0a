using TreasureHunt.Contracts.Settings;
using TreasureHunt.Ingress.Http;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Ingress;

/// <summary>GET /status: what this ingress does right now, for operators and benchmarks.</summary>
/// <param name="BrokerAway">the last messages were not confirmed in time</param>
/// <param name="Lanes">what it has accepted and not yet seen decided</param>
/// <param name="Stages">where the time of the last minute went, by stage</param>
public sealed record IngressStatus(
    string Instance, long SettingsVersion, bool BrokerAway, IReadOnlyList<LaneLoad> Lanes, IReadOnlyDictionary<string, StageSummary> Stages, ProcessStatus Process);

/// <param name="Undecided">actions</param>
public sealed record LaneLoad(int Lane, int Undecided);

internal static class IngressStatusEndpoint
{
    public static void MapIngressStatus(this IEndpointRouteBuilder app) =>
        app.MapGet("/status", (HttpContext context, LaneWriters lanes, BrokerState broker, HuntOptions options, LiveSettings settings, StageTimes stages) => Reply.WriteAsync(
                context, 200,
                new IngressStatus(
                    options.Instance, settings.Current.Version, broker.IsAway, [.. lanes.All.Select(lane => new LaneLoad(lane.Lane, lane.Ledger.Undecided))],
                    stages.Summary(), ProcessStatus.Now()),
                ReplyJson.Default.IngressStatus))
            .RequireAuthorization(Policies.Operate)
            .WithName("getStatus").WithTags("Operations").WithSummary("What this ingress does right now: what is undecided, where the time of the last minute went")
            .Produces<IngressStatus>().ProducesProblems(401, 403);
}
