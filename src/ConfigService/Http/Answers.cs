using System.Text.Json.Serialization.Metadata;
using Npgsql;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.ConfigService.Http;

/// <summary>How answers leave: as JSON, or as a problem.</summary>
public static class Answers
{
    public static IResult Of<T>(T value, JsonTypeInfo<T> type) => TypedResults.Json(value, type);

    /// <summary>A decision by which nothing happens, as a problem.</summary>
    public static IResult Declined(SettingsDecision decision) => Of(decision switch
    {
        SettingsDecision.Refused { Errors: var errors } => Problem.Of(400, ProblemTypes.BodyInvalid, "The settings are not acceptable", "Nothing was changed.",
            [.. errors.Select(error => new FieldError(error.Key, error.Message, error.Nearest is { } nearest ? $"Use {nearest}." : "Correct it and send the request again."))]),
        SettingsDecision.Unknown { Proposal: var id } => Problem.Of(404, ProblemTypes.NotFound, "No such proposal", $"There is no proposal {id}. See GET /settings/proposals."),
        SettingsDecision.Forbidden { Why: var why } => Problem.Of(403, ProblemTypes.SecondPersonNeeded, "A second person is needed", why),
        SettingsDecision.Conflict { Why: var why } => Problem.Of(409, ProblemTypes.ProposalClosed, "It is too late for that", why),
        _ => throw new InvalidOperationException($"{decision} is no refusal."),
    });

    /// <summary>A store that is away is a 503: the caller keeps what it has and comes again.</summary>
    public static async Task<IResult> WithStoreAsync(Func<CancellationToken, Task<IResult>> work, HttpContext context)
    {
        try
        {
            return await work(context.RequestAborted);
        }
        catch (SettingsContendedException)
        {
            return Of(Problem.Of(503, ProblemTypes.SettingsContended, "Others are changing the settings", "Nothing was changed: others were faster each time. Send it again.").Later(1));
        }
        catch (NpgsqlException)
        {
            // A commit that broke off may have been stored all the same.
            var asked = HttpMethods.IsGet(context.Request.Method) ? "" : "Whether it was changed is not known; send it again, what is done already is not done twice. ";
            return Of(Problem.Of(503, ProblemTypes.StoreAway, "The settings' store is away", asked + "Every process goes on with the settings it has.").Later(2));
        }
    }

    public static IResult Of(Problem problem) => new ProblemResult(problem);

    private sealed class ProblemResult(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext context) => problem.WriteAsync(context);
    }
}
