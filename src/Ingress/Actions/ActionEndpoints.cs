using TreasureHunt.Contracts.Actions;
using TreasureHunt.Ingress.Http;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Actions;

/// <summary>POST /hunts/{hunt}/actions and GET /hunts/{hunt}/actions/{actionId}.</summary>
internal static class ActionEndpoints
{
    public static void MapActions(this IEndpointRouteBuilder app)
    {
        var services = app.ServiceProvider;
        var acceptance = services.GetRequiredService<Acceptance>();
        var outcomes = services.GetRequiredService<OutcomeReader>();
        var directory = services.GetRequiredService<HuntDirectory>();
        var clock = services.GetRequiredService<TimeProvider>();

        app.MapPost("/hunts/{hunt}/actions", (HttpContext context, string hunt) => PostAsync(context, hunt, acceptance, outcomes, clock))
            .RequireAuthorization(Policies.Act).WithMetadata(Shed.BringsActions)
            .WithName("postActions").WithTags("Actions").WithSummary("Send one action, or an array of 1 to 256")
            .WithDescription("202 after the broker has confirmed; with Prefer: wait=N (N up to 30 seconds) 200 with the outcomes as soon as they are committed.")
            .Accepts<HuntAction>("application/json")
            .Produces<AcceptedReply>(202).Produces<ActionReply>()
            .ProducesProblems(400, 401, 403, 404, 409, 413, 415, 429, 503);

        app.MapGet("/hunts/{hunt}/actions/{actionId:guid}", (HttpContext context, string hunt, Guid actionId) =>
                StatusAsync(context, hunt, actionId, directory, outcomes))
            .RequireAuthorization(Policies.Act).WithMetadata(Shed.OnlyLooks)
            .WithName("getAction").WithTags("Actions").WithSummary("What became of an action of yours")
            .Produces<ActionReply>()
            .ProducesProblems(401, 403, 404, 503);
    }

    private static async Task PostAsync(HttpContext context, string hunt, Acceptance acceptance, OutcomeReader outcomes, TimeProvider clock)
    {
        var wait = RequestHeaders.Wait(context.Request);
        acceptance.Entered();
        (Admission Admission, Lanes.Submission Submission, bool IsArray)? taken;
        try
        {
            taken = await TakeInAsync(context, hunt, acceptance, clock, asks: wait is not null);
        }
        finally
        {
            acceptance.Left();
        }
        if (taken is not var (admission, submission, isArray)) return;
        if (wait is not null) await outcomes.AnswerAsync(context, admission, submission, isArray, wait.Value);
        else await WriteAcceptedAsync(context, hunt, submission);
    }

    /// <summary>Ends when the broker has the actions; null: the answer has been written.</summary>
    private static async ValueTask<(Admission, Lanes.Submission, bool IsArray)?> TakeInAsync(HttpContext context, string hunt, Acceptance acceptance, TimeProvider clock, bool asks)
    {
        var caller = Caller.Of(context.User)!;
        var (admission, refused) = await acceptance.AdmitAsync(caller, hunt, publishes: false, context.RequestAborted);
        if (admission is null)
        {
            await refused!.WriteAsync(context);
            return null;
        }
        var (id, badHeader) = RequestHeaders.IdempotencyKey(context.Request, clock.GetUtcNow());
        var (body, badBody) = badHeader is null ? await RequestBody.ReadAsync(context, HuntAction.MaxRequestBytes) : default;
        if ((badHeader ?? badBody) is { } unreadable)
        {
            await unreadable.WriteAsync(context);
            return null;
        }
        var (submission, isArray, wrong) = acceptance.Accept(admission, body, id, asks);
        RequestBody.Done(context, body);
        if (submission is null)
        {
            await wrong!.WriteAsync(context);
            return null;
        }
        if (await submission.Sent == Lanes.Sending.Confirmed) return (admission, submission, isArray);
        await AcceptanceProblems.NotConfirmed().WriteAsync(context);
        return null;
    }

    private static Task WriteAcceptedAsync(HttpContext context, string hunt, Lanes.Submission submission)
    {
        var accepted = new AcceptedActionReply[submission.Count];
        for (var i = 0; i < accepted.Length; i++)
        {
            var id = submission.Actions[i].Action.ActionId;
            accepted[i] = new AcceptedActionReply(id, $"/hunts/{hunt}/actions/{id}");
        }
        return Reply.WriteAsync(context, 202, new AcceptedReply(accepted), ReplyJson.Default.AcceptedReply);
    }

    private static async Task StatusAsync(HttpContext context, string hunt, Guid actionId, HuntDirectory directory, OutcomeReader outcomes)
    {
        var caller = Caller.Of(context.User)!;
        var (definition, unknown) = await directory.FindAsync(hunt, context.RequestAborted);
        if (definition is null)
        {
            await unknown!.WriteAsync(context);
            return;
        }
        await outcomes.AnswerAsync(context, new Lanes.ActionKey(hunt, caller.Subject, actionId), definition);
    }
}
