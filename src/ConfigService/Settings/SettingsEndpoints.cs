using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Npgsql;
using TreasureHunt.ConfigService.Fleet;
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

    private static readonly JsonSerializerOptions Strict = new(Wire.Default.Options) { AllowDuplicateProperties = false };

    private static readonly JsonTypeInfo<ChangeSettings> Body = (JsonTypeInfo<ChangeSettings>)Strict.GetTypeInfo(typeof(ChangeSettings));

    private static readonly JsonTypeInfo<RollBackSettings> RollBackBody = (JsonTypeInfo<RollBackSettings>)Strict.GetTypeInfo(typeof(RollBackSettings));

    public static void MapSettings(this WebApplication app)
    {
        var read = app.MapGroup("/settings").MayReadSettings();
        read.MapGet("", GetAsync);
        read.MapGet("/history", HistoryAsync);
        read.MapGet("/diff", DiffAsync);
        read.MapGet("/why", WhyAsync);
        read.MapGet("/changes", ChangesAsync);
        read.MapGet("/schema", () => Answer(SettingsSchema.All.Select(SettingDescription.Of).ToArray(), Wire.Default.SettingDescriptionArray));
        var change = app.MapGroup("/settings").RequireAuthorization(Policies.Operate).WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
        change.MapPatch("", PatchAsync);
        change.MapPost("/rollback", RollBackAsync);
    }

    public static RouteGroupBuilder MayReadSettings(this RouteGroupBuilder group) =>
        group.RequireAuthorization(policy => policy.RequireRole(Role.Operator, Role.Analyst, Role.Organiser, Role.Service));

    public static IResult Answer<T>(T value, JsonTypeInfo<T> type) => TypedResults.Json(value, type);

    /// <param name="at">a version, or a moment as in 2026-11-23T04:00:00Z; without it now</param>
    private static Task<IResult> GetAsync(HttpContext context, SettingsLog log, string? at = null) => WithStoreAsync(async cancel =>
    {
        var (state, problem) = await AtAsync("at", at, log, cancel);
        if (state is null) return problem!;
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

    private static Task<IResult> DiffAsync(HttpContext context, SettingsLog log, string? from = null, string? to = null) => WithStoreAsync(async cancel =>
    {
        if (from is null) return Result(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", "from is missing.",
            new FieldError("from", "It must be a version or a moment.", "Send from=12 or from=2026-11-23T04:00:00Z.")));
        var (before, problem) = await AtAsync("from", from, log, cancel);
        if (before is null) return problem!;
        (var after, problem) = await AtAsync("to", to, log, cancel);
        return after is null ? problem! : Answer(SettingsDiff.Between(before, after), Wire.Default.SettingsDiff);
    }, context);

    private static Task<IResult> WhyAsync(
        HttpContext context, SettingsLog log, string? key = null, string? service = null, string? instance = null, string? group = null) =>
        WithStoreAsync(async cancel =>
        {
            if (SettingsSchema.Find(key ?? "") is not { } setting)
            {
                var unknown = SettingsSchema.Unknown(key ?? "");
                return Result(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", unknown.Message,
                    new FieldError("key", unknown.Message, $"Send key={unknown.Nearest ?? SettingsSchema.LaneBatchCap.Key}.")));
            }
            var subject = new SettingsSubject(service ?? "none", instance ?? "none", group);
            var sources = await log.SourcesAsync(subject, setting.Key, cancel);
            return Answer(new SettingWhy(setting.Key, subject, sources.Count > 0 ? sources[0].Value : setting.Default, sources), Wire.Default.SettingWhy);
        }, context);

    private static Task<IResult> PatchAsync(HttpContext context, SettingsLog log, SettingsPublisher publisher, FleetKnowledge fleet, TimeProvider time) =>
        ChangeAsync(context, log, publisher, Body, "{ \"changes\": { \"lane.batchCap\": 64 }, \"why\": \"the reason\" }", async (ask, cancel) =>
        {
            var facts = await fleet.LookAsync(cancel);
            return (state, ifVersion, who) => SettingsDecider.Decide(state, ask, facts, ifVersion, who, time.GetUtcNow());
        });

    private static Task<IResult> RollBackAsync(HttpContext context, SettingsLog log, SettingsPublisher publisher, FleetKnowledge fleet, TimeProvider time) =>
        ChangeAsync(context, log, publisher, RollBackBody, "{ \"to\": 12, \"why\": \"the reason\" }", async (ask, cancel) =>
        {
            if (await log.AtAsync(ask.To, cancel) is not { } to) return null;
            var facts = await fleet.LookAsync(cancel);
            return (state, ifVersion, who) => SettingsDecider.RollBack(state, to, ask.Why, facts, ifVersion, who, time.GetUtcNow());
        });

    /// <param name="prepare">gives the decision to be made on the latest state; null: the version that is asked for does not exist</param>
    private static Task<IResult> ChangeAsync<T>(
        HttpContext context, SettingsLog log, SettingsPublisher publisher, JsonTypeInfo<T> body, string example,
        Func<T, CancellationToken, Task<Func<SettingsState, long?, string, SettingsDecision>?>> prepare) =>
        WithStoreAsync(async cancel =>
        {
            if (!TryIfMatch(context.Request, out var ifVersion, out var problem)) return problem!;
            T ask;
            try
            {
                ask = await JsonSerializer.DeserializeAsync(context.Request.Body, body, cancel) ?? throw new JsonException("The body is null.");
            }
            catch (JsonException e)
            {
                return Result(Problem.Of(400, ProblemTypes.BodyMalformed, "The body cannot be read", "Nothing was changed.", new FieldError(
                    e.Path is { Length: > 2 } path ? path[2..] : "", e.Message, $"Send {example}.")));
            }
            catch (BadHttpRequestException e)
            {
                return Result(Problem.Of(e.StatusCode, ProblemTypes.BodyTooLarge, "The body is too large", $"Send at most {MaxBodyBytes} bytes."));
            }

            if (await prepare(ask, cancel) is not { } decide)
                return Result(Problem.Of(400, ProblemTypes.BodyInvalid, "There is no such version", "Nothing was changed.", new FieldError(
                    "to", $"The settings are at version {log.LastRead.State.Version}.", "Send a version from 0 to that one.")));
            var who = Caller.Of(context.User)!.Subject;
            var (decision, tail) = await log.DecideAsync(state => decide(state, ifVersion, who), cancel);
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

    /// <summary>The state a query means: nothing said is now, else a version or a moment.</summary>
    private static async Task<(SettingsState? State, IResult? Problem)> AtAsync(string name, string? text, SettingsLog log, CancellationToken cancel)
    {
        if (text is null) return ((await log.ReadAsync(cancel)).State, null);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            if (await log.AtAsync(version, cancel) is { } state) return (state, null);
        }
        else if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
        {
            return (await log.AtAsync(moment, cancel), null);
        }
        return (null, Result(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", $"{name}={text} is no version there is, and no moment.",
            new FieldError(name, $"It must be a version from 0 to {log.LastRead.State.Version}, or a moment.", $"Send {name}=0 or {name}=2026-11-23T04:00:00Z."))));
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
