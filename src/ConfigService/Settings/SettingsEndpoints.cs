using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.ConfigService.Http;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>The settings over HTTP. Reading needs operator, analyst, organiser or service, changing needs operator.</summary>
public static class SettingsEndpoints
{
    /// <summary>Changes a history page holds when nothing is said.</summary>
    public const int DefaultHistory = 50;

    /// <summary>Seconds that who watches may wait for the next change.</summary>
    public const int MaxWaitSeconds = 30;

    private static readonly JsonTypeInfo<ChangeSettings> Body = Requests.Strict<ChangeSettings>();

    private static readonly JsonTypeInfo<RollBackSettings> RollBackBody = Requests.Strict<RollBackSettings>();

    /// <summary>A request's body as the endpoint reads it.</summary>
    /// <exception cref="JsonException">it is no such document</exception>
    public static ChangeSettings ReadChange(ReadOnlySpan<byte> document) => JsonSerializer.Deserialize(document, Body) ?? throw new JsonException("The body is null.");

    public static void MapSettings(this WebApplication app)
    {
        var read = app.MapGroup("/settings").MayReadSettings();
        read.MapGet("", GetAsync)
            .WithName("getSettings").WithTags("Settings").WithSummary("The settings now, or as they were")
            .Produces<SettingsView>().ProducesProblems(400, 401, 403, 503);
        read.MapGet("/history", HistoryAsync)
            .WithName("getHistory").WithTags("Settings").WithSummary("Changes after a version, or the last there are; with wait, as soon as there is one")
            .Produces<SettingsHistory>().ProducesProblems(400, 401, 403, 503);
        read.MapGet("/diff", DiffAsync)
            .WithName("getDiff").WithTags("Settings").WithSummary("What differs between two versions or moments")
            .Produces<SettingsDiff>().ProducesProblems(400, 401, 403, 503);
        read.MapGet("/why", WhyAsync)
            .WithName("getWhy").WithTags("Settings").WithSummary("The change that decides the value a process works by")
            .Produces<SettingWhy>().ProducesProblems(400, 401, 403, 503);
        read.MapGet("/changes", ChangesAsync)
            .WithName("getChanges").WithTags("Settings").WithSummary("What a process folds to fill a gap")
            .Produces<SettingsMessage[]>().ProducesProblems(400, 401, 403, 503);
        read.MapGet("/schema", () => Answers.Of(SettingsSchema.All.Select(SettingDescription.Of).ToArray(), Wire.Default.SettingDescriptionArray))
            .WithName("getSchema").WithTags("Settings").WithSummary("Every setting: type, range, default, what it costs, what shows it")
            .Produces<SettingDescription[]>().ProducesProblems(401, 403);
        var change = app.MapGroup("/settings").RequireAuthorization(Policies.Operate).WithMetadata(new RequestSizeLimitAttribute(Requests.MaxBodyBytes));
        change.MapPatch("", PatchAsync)
            .WithName("changeSettings").WithTags("Settings").WithSummary("Change settings, all together or none: at once, at a time, for a time")
            .Accepts<ChangeSettings>("application/json")
            .Produces<SettingsChanged>().Produces<SettingsChanged>(202).ProducesProblems(400, 401, 403, 412, 413, 503);
        change.MapPost("/rollback", RollBackAsync)
            .WithName("rollBackSettings").WithTags("Settings").WithSummary("Everything as it was at a version, by a new change")
            .Accepts<RollBackSettings>("application/json")
            .Produces<SettingsChanged>().Produces<SettingsChanged>(202).ProducesProblems(400, 401, 403, 412, 413, 503);
    }

    /// <param name="at">a version, or a moment as in 2026-11-23T04:00:00Z; without it now</param>
    private static Task<IResult> GetAsync(HttpContext context, SettingsLog log, string? at = null) => Answers.WithStoreAsync(async cancel =>
    {
        var (state, problem) = await AtAsync("at", at, log, cancel);
        if (state is null) return problem!;
        context.Response.Headers.ETag = $"\"{state.Version}\"";
        return Answers.Of(new SettingsView(state.Version, state.Values.Hash, state.Values), Wire.Default.SettingsView);
    }, context);

    private static Task<IResult> HistoryAsync(HttpContext context, SettingsLog log, SettingsNews news, IHostApplicationLifetime life, string? after = null, string? limit = null, string? wait = null) =>
        Answers.WithStoreAsync(async cancel =>
        {
            if (!Requests.TryNumber("after", after, 0, long.MaxValue - SettingsLog.MaxHistory, null, out var from, out var problem)) return problem!;
            if (!Requests.TryNumber("limit", limit, 1, SettingsLog.MaxHistory, DefaultHistory, out var most, out problem)) return problem!;
            if (!Requests.TryNumber("wait", wait, 0, MaxWaitSeconds, 0, out var seconds, out problem)) return problem!;
            if (seconds > 0 && from is null)
                return Answers.Of(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", "wait needs after.", new FieldError("after", "It is missing.", "Send the last version that was seen: after=12&wait=20.")));
            if (seconds > 0) await NewerAsync(news, from!.Value, TimeSpan.FromSeconds(seconds!.Value), life.ApplicationStopping, cancel);
            var latest = (await log.ReadAsync(cancel)).State.Version;
            return Answers.Of(new SettingsHistory(latest, await log.HistoryAsync(from, (int)most!, cancel)), Wire.Default.SettingsHistory);
        }, context);

    private static async Task NewerAsync(SettingsNews news, long after, TimeSpan wait, CancellationToken stopping, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, stopping);
        try
        {
            await news.AfterAsync(after, wait, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // stopping: who watches is answered with what there is, and keeps nobody from it
        }
    }

    private static Task<IResult> ChangesAsync(HttpContext context, SettingsLog log, string? after = null, string? hash = null) =>
        Answers.WithStoreAsync(async cancel =>
        {
            if (!Requests.TryNumber("after", after, 0, long.MaxValue, 0, out var from, out var problem)) return problem!;
            return Answers.Of((await log.ReadAsync(cancel)).After(from!.Value, hash).ToArray(), Wire.Default.SettingsMessageArray);
        }, context);

    private static Task<IResult> DiffAsync(HttpContext context, SettingsLog log, string? from = null, string? to = null) => Answers.WithStoreAsync(async cancel =>
    {
        if (from is null) return Answers.Of(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", "from is missing.",
            new FieldError("from", "It must be a version or a moment.", "Send from=12 or from=2026-11-23T04:00:00Z.")));
        var (before, problem) = await AtAsync("from", from, log, cancel);
        if (before is null) return problem!;
        (var after, problem) = await AtAsync("to", to, log, cancel);
        return after is null ? problem! : Answers.Of(SettingsDiff.Between(before, after), Wire.Default.SettingsDiff);
    }, context);

    private static Task<IResult> WhyAsync(
        HttpContext context, SettingsLog log, ReceiptLog receipts, string? key = null, string? service = null, string? instance = null, string? group = null) =>
        Answers.WithStoreAsync(async cancel =>
        {
            if (SettingsSchema.Find(key ?? "") is not { } setting)
            {
                var unknown = SettingsSchema.Unknown(key ?? "");
                return Answers.Of(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", unknown.Message,
                    new FieldError("key", unknown.Message, $"Send key={unknown.Nearest ?? SettingsSchema.LaneBatchCap.Key}.")));
            }
            var subject = new SettingsSubject(service ?? "none", instance ?? "none", group);
            if (instance is not null && service is null)
            {
                var known = (await receipts.LatestAsync(cancel)).Select(receipt => receipt.Subject).ToList();
                if (known.Find(one => one.Instance == instance) is not { } answered)
                    return Answers.Of(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", $"No instance '{instance}' has ever answered, so its service and group are not known.",
                        new FieldError("instance", $"'{instance}' has never answered.", $"Send one of {string.Join(", ", known.Select(one => one.Instance).Order(StringComparer.Ordinal))}, or its service= (and group=) too.")));
                subject = group is null ? answered : answered with { Group = group };
            }
            var sources = await log.SourcesAsync(subject, setting.Key, cancel);
            return Answers.Of(new SettingWhy(setting.Key, subject, sources.Count > 0 ? sources[0].Value : setting.Default, sources), Wire.Default.SettingWhy);
        }, context);

    private static Task<IResult> PatchAsync(HttpContext context, SettingsLog log, FleetKnowledge fleet, HuntOptions options, TimeProvider time) =>
        ChangeAsync(context, log, Body, "{ \"changes\": { \"lane.batchCap\": 64 }, \"why\": \"the reason\" }", async (ask, cancel) =>
        {
            var facts = await fleet.LookAsync(cancel);
            return (situation, ifVersion, who) => SettingsDecider.Decide(situation, ask, facts, ifVersion, who, time.GetUtcNow(), options.Approval);
        });

    private static Task<IResult> RollBackAsync(HttpContext context, SettingsLog log, FleetKnowledge fleet, HuntOptions options, TimeProvider time) =>
        ChangeAsync(context, log, RollBackBody, "{ \"to\": 12, \"why\": \"the reason\" }", async (ask, cancel) =>
        {
            if (await log.AtAsync(ask.To, cancel) is not { } to) return null;
            var facts = await fleet.LookAsync(cancel);
            return (situation, ifVersion, who) => SettingsDecider.RollBack(situation, to, ask, facts, ifVersion, who, time.GetUtcNow(), options.Approval);
        });

    /// <param name="prepare">gives the decision to be made on the latest state; null: the version that is asked for does not exist</param>
    private static Task<IResult> ChangeAsync<T>(
        HttpContext context, SettingsLog log, JsonTypeInfo<T> body, string example,
        Func<T, CancellationToken, Task<Func<SettingsSituation, long?, string, SettingsDecision>?>> prepare) =>
        Answers.WithStoreAsync(async cancel =>
        {
            if (!Requests.TryIfMatch(context.Request, out var ifVersion, out var problem)) return problem!;
            var (ask, unreadable) = await Requests.ReadAsync(context, body, example, cancel);
            if (ask is null) return unreadable!;
            if (await prepare(ask, cancel) is not { } decide)
                return Answers.Of(Problem.Of(400, ProblemTypes.BodyInvalid, "There is no such version", "Nothing was changed.", new FieldError(
                    "to", $"The settings are at version {log.LastRead.State.Version}.", "Send a version from 0 to that one.")));
            var who = Caller.Of(context.User)!.Subject;
            var (decision, after) = await log.DecideAsync(situation => decide(situation, ifVersion, who), cancel);
            context.Response.Headers.ETag = $"\"{after.Version}\"";
            switch (decision)
            {
                case SettingsDecision.Changed { Change: var change }:
                    return Answers.Of(new SettingsChanged(change.Version, after.Values.Hash, change.Items, change.Until), Wire.Default.SettingsChanged);
                case SettingsDecision.Planned { Event: ChangeProposed proposed }:
                    return Proposed(context, after, SettingsProposal.Of(proposed));
                case SettingsDecision.Pending { Proposal: var open }:
                    return Proposed(context, after, open);
                case SettingsDecision.Moved { Version: var version }:
                    return Answers.Of(Problem.Of(412, ProblemTypes.VersionMismatch, "The settings have changed",
                        $"They are at version {version}, the request was made for version {ifVersion}. Read them again, then decide."));
                case SettingsDecision.Unchanged:
                    return Answers.Of(new SettingsChanged(after.Version, after.Values.Hash, []), Wire.Default.SettingsChanged);
                default:
                    return Answers.Declined(decision);
            }
        }, context);

    private static IResult Proposed(HttpContext context, SettingsState after, SettingsProposal proposal)
    {
        context.Response.Headers.Location = $"/settings/proposals/{proposal.Id}";
        return TypedResults.Json(new SettingsChanged(after.Version, after.Values.Hash, [], Proposal: proposal), Wire.Default.SettingsChanged, statusCode: 202);
    }

    /// <summary>The state a query means: nothing said is now, else a version or a moment.</summary>
    private static async Task<(SettingsState? State, IResult? Problem)> AtAsync(string name, string? text, SettingsLog log, CancellationToken cancel)
    {
        if (text is null) return ((await log.ReadAsync(cancel)).State, null);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            if (await log.AtAsync(version, cancel) is { State: var state }) return (state, null);
        }
        else if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
        {
            return ((await log.AtAsync(moment, cancel)).State, null);
        }
        return (null, Answers.Of(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", $"{name}={text} is no version there is, and no moment.",
            new FieldError(name, $"It must be a version from 0 to {log.LastRead.State.Version}, or a moment.", $"Send {name}=0 or {name}=2026-11-23T04:00:00Z."))));
    }
}
