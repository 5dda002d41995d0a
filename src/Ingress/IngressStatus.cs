using TreasureHunt.Contracts.Settings;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Ingress;

/// <summary>GET /status: what this ingress does right now, for operators and benchmarks.</summary>
internal static class IngressStatus
{
    public static void MapIngressStatus(this WebApplication app) =>
        app.MapGet("/status", (LaneWriters lanes, BrokerState broker, HuntOptions options, LiveSettings settings) => Results.Json(new
        {
            instance = options.Instance,
            settingsVersion = settings.Current.Version,
            brokerAway = broker.IsAway,
            lanes = lanes.All.Select(lane => new { lane = lane.Lane, undecided = lane.Ledger.Undecided }),
            process = ProcessStatus.Now(),
        })).RequireAuthorization(Policies.Operate).ExcludeFromDescription();
}
