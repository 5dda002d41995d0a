using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polly;
using Polly.Retry;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Cli.Api;

/// <summary>
/// HTTP to one of our services: a bearer token on every request, problem details as exceptions, and patience. Everything
/// sent through <see cref="SendAsync"/> is sent again after a lost connection or a "later" (429, 503): only use it for
/// requests that may arrive twice. Ours may: reading, and actions, which carry their id.
/// </summary>
public sealed class ApiClient(HttpClient http, string token)
{
    public const int MaxAttempts = 8;

    private static readonly ResiliencePipeline<HttpResponseMessage> Patience = new ResiliencePipelineBuilder<HttpResponseMessage>()
        .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = MaxAttempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(3),
            ShouldHandle = new PredicateBuilder<HttpResponseMessage>()
                .Handle<HttpRequestException>()
                .HandleResult(answer => answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable),
            DelayGenerator = attempt => ValueTask.FromResult(attempt.Outcome.Result?.Headers.RetryAfter?.Delta),
            OnRetry = attempt =>
            {
                attempt.Outcome.Result?.Dispose();
                return default;
            },
        })
        .Build();

    /// <summary>Reads what the services write; members a newer release adds are passed over.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        AllowOutOfOrderMetadataProperties = true,
    };

    /// <summary>The same service with another token: for simulated players.</summary>
    public ApiClient As(string otherToken) => new(http, otherToken);

    /// <exception cref="ApiRefused">the service said no</exception>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, Func<HttpContent>? body, Action<HttpRequestHeaders>? headers, CancellationToken cancel)
    {
        using var answer = await SendAsync(method, path, body, headers, cancel);
        return await answer.Content.ReadFromJsonAsync<T>(Json, cancel)
            ?? throw new ApiRefused((int)answer.StatusCode, null, $"{method} {path}: the answer is empty.");
    }

    public Task<T> GetAsync<T>(string path, CancellationToken cancel) => SendAsync<T>(HttpMethod.Get, path, null, null, cancel);

    /// <summary>A successful answer; the caller disposes it.</summary>
    /// <param name="until">when it is given back: whole, or as soon as it begins</param>
    /// <exception cref="ApiRefused">the service said no</exception>
    /// <exception cref="CommandFailed">the service cannot be reached</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, Func<HttpContent>? body, Action<HttpRequestHeaders>? headers, CancellationToken cancel,
        HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await Patience.ExecuteAsync(async stop =>
            {
                using var request = new HttpRequestMessage(method, path) { Content = body?.Invoke() };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                headers?.Invoke(request.Headers);
                return await http.SendAsync(request, until, stop);
            }, cancel);
        }
        catch (HttpRequestException away)
        {
            throw new CommandFailed(ExitCode.NotProvisioned, $"{http.BaseAddress} does not answer ({away.Message}). Is the box up? ./hunt doctor tells.", away);
        }
        if (answer.IsSuccessStatusCode) return answer;
        using (answer) throw await RefusedAsync(method, path, answer, cancel);
    }

    private static async Task<ApiRefused> RefusedAsync(HttpMethod method, string path, HttpResponseMessage answer, CancellationToken cancel)
    {
        var status = (int)answer.StatusCode;
        try
        {
            if (await answer.Content.ReadFromJsonAsync<Problem>(Json, cancel) is { Title: not null } problem) return new ApiRefused(status, problem, Say(problem));
        }
        catch (JsonException)
        {
            // not one of our problem details: a proxy's page, say
        }
        return new ApiRefused(status, null, $"{method} {path} answered {status}.");
    }

    private static string Say(Problem problem) =>
        string.Join('\n', new[] { problem.Detail is null ? problem.Title : $"{problem.Title}. {problem.Detail}" }
            .Concat((problem.Errors ?? []).Select(error => $"  {(error.Field.Length == 0 ? "body" : error.Field)}: {error.Message} {error.Fix}")));
}

/// <summary>A service's no. Problem is null when the answer was none of ours.</summary>
public sealed class ApiRefused(int status, Problem? problem, string message)
    : CommandFailed(status is 400 or 413 or 415 ? ExitCode.Usage : ExitCode.Failed, message)
{
    public int Status { get; } = status;

    public Problem? Problem { get; } = problem;
}
