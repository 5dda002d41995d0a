using Npgsql;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.Ingress.Http;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Traces;

/// <summary>GET /hunts/{hunt}/actions/{actionId}/trace and GET /actions/{actionId}/trace: where an action's time went.</summary>
internal static class TraceEndpoints
{
    private const int RetryAfterSeconds = 1;

    public static void MapTraces(this IEndpointRouteBuilder app)
    {
        var services = app.ServiceProvider;
        var traces = services.GetRequiredService<ActionTraces>();

        app.MapGet("/hunts/{hunt}/actions/{actionId:guid}/trace", (HttpContext context, string hunt, Guid actionId) => TraceAsync(context, hunt, actionId, traces))
            .RequireAuthorization(Policies.Read).WithMetadata(Shed.OnlyLooks)
            .WithName("getActionTrace").WithTags("Actions").WithSummary("Where an action's time went, and who worked on it")
            .WithDescription("Your own actions; organisers and operators see everybody's. Stage times are remembered for a while by the ingress that accepted the action.")
            .Produces<TraceReply>().ProducesProblems(401, 403, 404, 503);

        app.MapGet("/actions/{actionId:guid}/trace", (HttpContext context, Guid actionId) => TraceAsync(context, null, actionId, traces))
            .RequireAuthorization(Policies.Operate)
            .WithName("findActionTrace").WithTags("Operations").WithSummary("The same for operators who do not know the hunt")
            .Produces<TraceReply>().ProducesProblems(401, 403, 404, 503);
    }

    private static async Task TraceAsync(HttpContext context, string? hunt, Guid actionId, ActionTraces traces)
    {
        try
        {
            if (await traces.FindAsync(Caller.Of(context.User)!, actionId, hunt, context.RequestAborted) is { } trace)
                await Reply.WriteAsync(context, 200, trace, ReplyJson.Default.TraceReply, trace.Version);
            else
                await Problem.Of(404, ProblemTypes.ActionNotKnownYet, "Not known yet",
                        "No action with this id that you may see has been decided. If it was just sent, ask again.")
                    .Later(RetryAfterSeconds).WriteAsync(context);
        }
        catch (UnknownFactException e)
        {
            await Problem.Of(503, ProblemTypes.HuntHalted, "Hunt halted", e.Message).Later(30).WriteAsync(context);
        }
        catch (NpgsqlException)
        {
            await AcceptanceProblems.StoreAway().WriteAsync(context);
        }
    }
}
