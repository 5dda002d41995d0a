using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Net.Http.Headers;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.ConfigService.Http;

/// <summary>What a request says, or the problem that names what cannot be read and the fix.</summary>
public static class Requests
{
    public const int MaxBodyBytes = 64 * 1024;

    private static readonly JsonSerializerOptions Options = new(Wire.Default.Options) { AllowDuplicateProperties = false };

    /// <summary>How a body of this type is read: nothing twice.</summary>
    public static JsonTypeInfo<T> Strict<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    public static RouteGroupBuilder MayReadSettings(this RouteGroupBuilder group) =>
        group.RequireAuthorization(policy => policy.RequireRole(Role.Operator, Role.Analyst, Role.Organiser, Role.Service));

    /// <returns>the body, or the problem when it cannot be read</returns>
    public static async Task<(T? Ask, IResult? Problem)> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> body, string example, CancellationToken cancel)
    {
        try
        {
            return (await JsonSerializer.DeserializeAsync(context.Request.Body, body, cancel) ?? throw new JsonException("The body is null."), null);
        }
        catch (JsonException e)
        {
            return (default, Answers.Of(Problem.Of(400, ProblemTypes.BodyMalformed, "The body cannot be read", "Nothing was changed.", new FieldError(
                e.Path is { Length: > 2 } path ? path[2..] : "", e.Message, $"Send {example}."))));
        }
        catch (BadHttpRequestException e)
        {
            return (default, Answers.Of(Problem.Of(e.StatusCode, ProblemTypes.BodyTooLarge, "The body is too large", $"Send at most {MaxBodyBytes} bytes.")));
        }
    }

    /// <summary>The version a change is made for; null: whatever it is.</summary>
    public static bool TryIfMatch(HttpRequest request, out long? version, out IResult? problem)
    {
        (version, problem) = (null, null);
        var text = request.Headers.IfMatch.ToString();
        if (text.Length == 0 || text == "*") return true;
        if (EntityTagHeaderValue.TryParse(text, out var tag) && long.TryParse(tag.Tag.AsSpan().Trim('"'), out var number) && number >= 0)
        {
            version = number;
            return true;
        }
        problem = Answers.Of(Problem.Of(400, ProblemTypes.HeaderInvalid, "If-Match cannot be read", "Nothing was changed.",
            new FieldError("If-Match", "It must be the version the settings had, in quotes.", "Send If-Match: \"12\", as in the ETag of GET /settings.")));
        return false;
    }

    /// <summary>A whole number of the query.</summary>
    /// <param name="absent">what holds when nothing is said</param>
    public static bool TryNumber(string name, string? text, long min, long max, long? absent, out long? number, out IResult? problem)
    {
        (number, problem) = (absent, null);
        if (text is null) return true;
        if (long.TryParse(text, out var given) && given >= min && given <= max)
        {
            number = given;
            return true;
        }
        var range = max > SettingsLog.MaxHistory ? $"{min} or more" : $"{min} to {max}";
        problem = Answers.Of(Problem.Of(400, ProblemTypes.QueryInvalid, "The query cannot be read", $"{name} must be a whole number, {range}.",
            new FieldError(name, "It is not a whole number in that range.", $"Send {name}={absent ?? min}.")));
        return false;
    }
}
