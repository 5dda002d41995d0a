using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace TreasureHunt.ServiceDefaults.Problems;

/// <summary>
/// What went wrong, for people and programs: RFC 9457 problem details. The type is stable (<see cref="ProblemTypes"/>),
/// each error names the field and the fix.
/// </summary>
/// <param name="Errors">what is wrong with which field; null when the whole request is meant</param>
/// <param name="Code">of a refusal: why the hunt said no; stable</param>
/// <param name="RetryAfterSeconds">also sent as the header Retry-After</param>
public sealed record Problem(
    string Type, string Title, int Status, string Detail, IReadOnlyList<FieldError>? Errors = null, string? Code = null,
    [property: JsonIgnore] int? RetryAfterSeconds = null)
{
    public const string ContentType = "application/problem+json";

    public static Problem Of(int status, string type, string title, string detail, params FieldError[] errors) =>
        new(type, title, status, detail, errors.Length == 0 ? null : errors);

    public Problem Later(int seconds) => this with { RetryAfterSeconds = seconds };

    /// <summary>Whole, with its length: under overload most answers are problems, and writing one in pieces costs several times as much.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        if (RetryAfterSeconds is { } seconds) response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var json = JsonSerializer.SerializeToUtf8Bytes(this, ProblemJson.Default.Problem);
        response.ContentLength = json.Length;
        await response.BodyWriter.WriteAsync(json, context.RequestAborted);
    }
}

/// <param name="Field">where, such as "[3].guess"; empty: the whole body</param>
/// <param name="Message">what is wrong with it</param>
/// <param name="Fix">what to write instead</param>
public sealed record FieldError(string Field, string Message, string Fix);

/// <summary>Names of problems. Stable: programs compare them.</summary>
public static class ProblemTypes
{
    private const string Urn = "urn:treasure-hunt:";
    public const string TokenInvalid = Urn + "token-invalid";
    public const string RoleMissing = Urn + "role-missing";
    public const string HuntOutOfScope = Urn + "hunt-out-of-scope";
    public const string HuntHalted = Urn + "hunt-halted";
    public const string VersionNotReached = Urn + "version-not-reached";
    public const string HuntUnknown = Urn + "hunt-unknown";
    public const string TeamUnknown = Urn + "team-unknown";
    public const string BodyMalformed = Urn + "body-malformed";
    public const string BodyInvalid = Urn + "body-invalid";
    public const string BodyTooLarge = Urn + "body-too-large";
    public const string QueryInvalid = Urn + "query-invalid";
    public const string HeaderInvalid = Urn + "header-invalid";
    public const string ActionConflict = Urn + "action-conflict";
    public const string ActionNotKnownYet = Urn + "not-known-yet";
    public const string RateExceeded = Urn + "rate-exceeded";
    public const string FeedsFull = Urn + "feeds-full";
    public const string LaneFull = Urn + "lane-full";
    public const string IngressFull = Urn + "ingress-full";
    public const string ActionsFirst = Urn + "actions-first";
    public const string BrokerAway = Urn + "broker-away";
    public const string StoreAway = Urn + "store-away";
    public const string SettingsContended = Urn + "settings-contended";
    public const string RequestInvalid = Urn + "request-invalid";
    public const string NotFound = Urn + "not-found";
    public const string MethodNotAllowed = Urn + "method-not-allowed";
    public const string MediaTypeUnsupported = Urn + "media-type-unsupported";
    public const string DefinitionInvalid = Urn + "definition-invalid";
    public const string Parked = Urn + "parked";
    public const string VersionMismatch = Urn + "version-mismatch";
    public const string SecondPersonNeeded = Urn + "second-person-needed";
    public const string ProposalClosed = Urn + "proposal-closed";
    public const string Refused = Urn + "refused";
    public const string Broken = Urn + "broken";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ProblemJson : JsonSerializerContext;
