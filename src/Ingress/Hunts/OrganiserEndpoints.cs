using System.Buffers;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.Ingress.Http;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Hunts;

/// <summary>
/// PUT /hunts/{hunt} publishes; POST /hunts/{hunt}/open, close, pause, resume, freeze and thaw steer. Each is one action
/// on the hunt's lane like any other; the answer waits for its outcome.
/// </summary>
internal static class OrganiserEndpoints
{
    /// <summary>How long an organiser waits when the request does not say.</summary>
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(10);

    private static readonly (string Verb, string Does, Func<Guid, HuntAction> Make)[] Steering =
    [
        ("open", "Opens it now", id => new OpenHunt { ActionId = id }),
        ("close", "Closes it now, for good", id => new CloseHunt { ActionId = id }),
        ("pause", "Judges nothing until it is resumed", id => new PauseHunt { ActionId = id }),
        ("resume", "Goes on after a pause", id => new ResumeHunt { ActionId = id }),
        ("freeze", "The public board stands still from now on", id => new FreezeBoard { ActionId = id }),
        ("thaw", "The public board shows everything again", id => new ThawBoard { ActionId = id }),
    ];

    public static void MapOrganisers(this IEndpointRouteBuilder app)
    {
        var door = new OrganisersDoor(
            app.ServiceProvider.GetRequiredService<Acceptance>(), app.ServiceProvider.GetRequiredService<OutcomeReader>(),
            app.ServiceProvider.GetRequiredService<HuntDirectory>(), app.ServiceProvider.GetRequiredService<TimeProvider>());

        app.MapPut("/hunts/{hunt}", (HttpContext context, string hunt) => PublishAsync(context, hunt, door))
            .RequireAuthorization(Policies.Organise)
            .WithName("publishHunt").WithTags("Organisers").WithSummary("Publish a hunt")
            .WithDescription("The definition as JSON, at most 512 KiB. Its answers and near misses are sealed before they leave the ingress.")
            .Accepts<HuntDefinition>("application/json")
            .Produces<ActionReply>(201).Produces<ActionReply>(202)
            .ProducesProblems(400, 401, 403, 409, 413, 415, 429, 503);

        foreach (var (verb, does, make) in Steering)
        {
            app.MapPost($"/hunts/{{hunt}}/{verb}", (HttpContext context, string hunt) => door.SendAsync(context, hunt, make))
                .RequireAuthorization(Policies.Organise)
                .WithName($"{verb}Hunt").WithTags("Organisers").WithSummary(does)
                .Produces<ActionReply>().Produces<ActionReply>(202)
                .ProducesProblems(400, 401, 403, 404, 409, 429, 503);
        }
    }

    private static async Task PublishAsync(HttpContext context, string hunt, OrganisersDoor door)
    {
        if (await door.AdmitAsync(context, hunt, publishes: true) is not var (admission, id)) return;
        var (body, unreadable) = await RequestBody.ReadAsync(context, HuntDefinition.MaxBytes);
        if (unreadable is not null)
        {
            await unreadable.WriteAsync(context);
            return;
        }
        var (definition, wrong) = Read(body, hunt);
        RequestBody.Done(context, body);
        if (definition is null) await wrong!.WriteAsync(context);
        else await door.SendAsync(context, admission, new PublishHunt(definition) { ActionId = id }, publishes: true);
    }

    private static (HuntDefinition?, Problem?) Read(in ReadOnlySequence<byte> body, string hunt)
    {
        var (definition, problems) = DefinitionReader.FromJson(body.IsSingleSegment ? body.FirstSpan : body.ToArray());
        if (definition is not null)
        {
            var found = DefinitionCheck.Check(definition).ToList();
            if (definition.Hunt != hunt) found.Insert(0, new DefinitionProblem("/hunt", $"It is '{definition.Hunt}', the address says '{hunt}'. Make them the same."));
            if (!found.Exists(problem => !problem.IsWarning)) return (definition, null);
            problems = found;
        }
        var errors = problems.Where(problem => !problem.IsWarning).Take(ActionErrors.MaxListed)
            .Select(problem => new FieldError(problem.Pointer, problem.Message, "See the field; hunts check tells the same before you publish."));
        return (null, Problem.Of(400, ProblemTypes.DefinitionInvalid, "Invalid definition", "Nothing was published.", [.. errors]));
    }

    /// <summary>What all organiser requests share.</summary>
    private sealed class OrganisersDoor(Acceptance acceptance, OutcomeReader outcomes, HuntDirectory directory, TimeProvider clock)
    {
        /// <returns>null: the answer has been written</returns>
        public async Task<(Admission Admission, Guid Id)?> AdmitAsync(HttpContext context, string hunt, bool publishes)
        {
            var (admission, refused) = await acceptance.AdmitAsync(Caller.Of(context.User)!, hunt, publishes, context.RequestAborted);
            var (id, badHeader) = RequestHeaders.IdempotencyKey(context.Request, clock.GetUtcNow());
            if ((refused ?? badHeader) is { } problem)
            {
                await problem.WriteAsync(context);
                return null;
            }
            return (admission!, id ?? Guid.CreateVersion7(clock.GetUtcNow()));
        }

        public async Task SendAsync(HttpContext context, string hunt, Func<Guid, HuntAction> make)
        {
            if (await AdmitAsync(context, hunt, publishes: false) is var (admission, id)) await SendAsync(context, admission, make(id), publishes: false);
        }

        public async Task SendAsync(HttpContext context, Admission admission, HuntAction action, bool publishes)
        {
            var (submission, refused) = acceptance.Accept(admission, action);
            if (submission is null)
            {
                await refused!.WriteAsync(context);
                return;
            }
            if (await submission.Sent != Sending.Confirmed)
            {
                await AcceptanceProblems.NotConfirmed().WriteAsync(context);
                return;
            }
            var wait = RequestHeaders.Wait(context.Request) ?? DefaultWait;
            var outcome = (await outcomes.WaitAsync(submission, wait, context.RequestAborted))[0];
            await AnswerAsync(context, admission.Hunt, action.ActionId, outcome, publishes);
        }

        private Task AnswerAsync(HttpContext context, string hunt, Guid id, Outcome? outcome, bool publishes)
        {
            switch (outcome)
            {
                case null:
                    context.Response.Headers.Location = $"/hunts/{hunt}/actions/{id}";
                    return Reply.WriteAsync(context, 202, ActionReply.Pending(id), ReplyJson.Default.ActionReply);
                case { Status: OutcomeStatus.Conflict }:
                    return AcceptanceProblems.Conflict(id).WriteAsync(context);
                case { Fact: ActionRefused refused }:
                    return AcceptanceProblems.Refused(refused).WriteAsync(context);
                case { Status: OutcomeStatus.Parked }:
                    return AcceptanceProblems.Parked(outcome.Fact as ActionParked).WriteAsync(context);
                default:
                    if (outcome.Fact is HuntPublished published) directory.Saw(hunt, published.Definition); // the next request need not wait for the feed
                    if (publishes) context.Response.Headers.Location = $"/hunts/{hunt}";
                    return Reply.WriteAsync(context, publishes ? 201 : 200, ActionReply.Of(outcome, null), ReplyJson.Default.ActionReply, outcome.Version);
            }
        }
    }
}
