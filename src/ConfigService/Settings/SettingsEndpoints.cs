using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Npgsql;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>The settings over HTTP. Reading needs operator, analyst, organiser or service, changing needs operator.</summary>
public static class SettingsEndpoints
{
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>Changes a history page holds when nothing is said.</summary>
    public const int DefaultHistory = 50;

    private static readonly JsonTypeInfo<ChangeSettings> Body = (JsonTypeInfo<ChangeSettings>)
        new JsonSerializerOptions(Wire.Default.Options) { AllowDuplicateProperties = false }.GetTypeInfo(typeof(ChangeSettings));

    public static void MapSettings(this WebApplication app)
    {
        var read = app.MapGroup("/settings").MayReadSettings();
        read.MapGet("", GetAsync);
        read.MapGet("/history", HistoryAsync);
        read.MapGet("/changes", ChangesAsync);
        read.MapGet("/schema", () => Answer(SettingsSchema.All.Select(SettingDescription.Of).ToArray(), Wire.Default.SettingDescriptionArray));
        app.MapPatch("/settings", PatchAsync).RequireAuthorization(Policies.Operate).WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
    }

    public static RouteGroupBuilder MayReadSettings(this RouteGroupBuilder group) =>
        group.RequireAuthorization(policy => policy.RequireRole(Role.Operator, Role.Analyst, Role.Organiser, Role.Service));

    public static IResult Answer<T>(T value, JsonTypeInfo<T> type) => TypedResults.Json(value, type);

    private static Task<IResult> GetAsync(HttpContext context, SettingsLog log) => WithStoreAsync(async cancel =>
    {
        var state = (await log.ReadAsync(cancel)).State;
        context.Response.Headers.ETag = $"\"{state.Version}\"";
        return Answer(new SettingsView(state.Version, state.Values.Hash, state.Values), Wire.Default.SettingsView);
    }, context);

    private static Task<IResult> HistoryAsync(HttpContext context, SettingsLog log, string? after = null, string? limit = null) =>
        WithStoreAsync(async cancel =>
        {
            if (!TryNumber("after", after, 0, long.MaxValue - SettingsLog.MaxHistory, null, out var from, out var problem)) return problem!;
            if (!TryNumber("limit", limit, 1, SettingsLog.MaxHistory, DefaultHistory, out var most, out problem)) return problem!;
            var latest = (await log.ReadAsync(cancel)).State.Version;
            return Answer(new SettingsHistory(latest, await log.HistoryAsync(from, (int)most!, cancel)), Wire.Default.SettingsHistory);
        }, context);

    private static Task<IResult> ChangesAsync(HttpContext context, SettingsLog log, string? after = null, string? hash = null) =>
        WithStoreAsync(async cancel =>
        {
            if (!TryNumber("after", after, 0, long.MaxValue, 0, out var from, out var problem)) return problem!;
            return Answer((await log.ReadAsync(cancel)).After(from!.Value, hash).ToArray(), Wire.Default.SettingsMessageArray);
        }, context);

    private static Task<IResult> PatchAsync(HttpContext context, SettingsLog log, SettingsPublisher publisher, TimeProvider time) =>
        WithStoreAsync(async cancel =>
        {
            if (!TryIfMatch(context.Request, out var ifVersion, out var problem)) return problem!;
            ChangeSettings ask;
            try
            {
                ask = await JsonSerializer.DeserializeAsync(context.Request.Body, Body, cancel)
                    ?? throw new JsonException("The body is null.");
            }
            catch (JsonException e)
            {
                return Result(Problem.Of(400, ProblemTypes.BodyMalformed, "The body cannot be read", "Nothing was changed.", new FieldError(
                    e.Path is { Length: > 2 } path ? path[2..] : "", e.Message,
                    "Send { \"changes\": { \"lane.batchCap\": 64 }, \"why\": \"the reason\" }.")));
            }
            catch (BadHttpRequestException e)
            {
                return Result(Problem.Of(e.StatusCode, ProblemTypes.BodyTooLarge, "The body is too large", $"Send at most {MaxBodyBytes} bytes."));
            }

            var who = Caller.Of(context.User)!.Subject;
            var (decision, tail) = await log.DecideAsync(state => SettingsDecider.Decide(state, ask, ifVersion, who, time.GetUtcNow()), cancel);
            context.Response.Headers.ETag = $"\"{tail.State.Version}\"";
            switch (decision)
            {
                case SettingsDecision.Changed { Change: var change }:
                    publisher.Committed();
                    return Answer(new SettingsChanged(change.Version, tail.State.Values.Hash, change.Items), Wire.Default.SettingsChanged);
                case SettingsDecision.Refused { Errors: var errors }:
                    return Result(Problem.Of(400, ProblemTypes.BodyInvalid, "The settings are not acceptable", "Nothing was changed.",
                        [.. errors.Select(error => new FieldError(error.Key, error.Message, error.Nearest is { } nearest ? $"Use {nearest}." : "Correct it and send the request again."))]));
                case SettingsDecision.Moved { Version: var version }:
                    return Result(Problem.Of(412, ProblemTypes.VersionMismatch, "The settings have changed",
                        $"They are at version {version}, the request was made for version {ifVersion}. Read them again, then decide."));
                default:
                    return Answer(new SettingsChanged(tail.State.Version, tail.State.Values.Hash, []), Wire.Default.SettingsChanged);
            }
        }, context);

    /// <summary>A store that is away is a 503: the caller keeps what it has and comes again.</summary>
    public static async Task<IResult> WithStoreAsync(Func<CancellationToken, Task<IResult>> work, HttpContext context)
    {
        try
        {
            return await work(context.RequestAborted);
        }
        catch (NpgsqlException)
        {
            return Result(Problem.Of(503, ProblemTypes.StoreAway, "The settings' store is away", "Nothing was changed. Every process goes on with the settings it has.").Later(2));
        }
    }

    private static bool TryIfMatch(HttpRequest request, out long? version, out IResult? problem)
    {
        (version, problem) = (null, null);
        var text = request.Headers.IfMatch.ToString();
        if (text.Length == 0 || text == "*") return true;
        if (EntityTagHeaderValue.TryParse(text, out var tag) && long.TryParse(tag.Tag.AsSpan().Trim('"'), out var number) && number >= 0)
        {
            version = number;
            return true;
        }
        problem = Result(Problem.Of(400, ProblemTypes.HeaderInvalid, "If-Match cannot be read", "Nothing was changed.",
            new FieldError("If-Match", "It must be the version the settings had, in quotes.", "Send If-Match: \"12\", as in the ETag of GET /settings.")));
        return false;
    }

    private static bool TryNumber(string name, string? text, long min, long max, long? absent, out long? number, out IResult? problem)
    {
        (number, problem) = (absent, null);
        if (text is null) return true;
        if (long.TryParse(text, out var given) && given >= min && given <= max)
        {
            number = given;
            return true;
        }
        var range = max > SettingsLog.MaxHistory ? $"{min} or more" : $"{min} to {max}";
        problem = Result(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", $"{name} must be a whole number, {range}.",
            new FieldError(name, "It is not a whole number in that range.", $"Send {name}={absent ?? min}.")));
        return false;
    }

    private static IResult Result(Problem problem) => new ProblemResult(problem);

    private sealed class ProblemResult(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext context) => problem.WriteAsync(context);
    }
}
