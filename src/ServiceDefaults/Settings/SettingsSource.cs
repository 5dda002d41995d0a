using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>Asks ConfigService for versions that were missed. Never on the path of an action.</summary>
public sealed class SettingsSource : IDisposable
{
    public const int MaxAnswerBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(10);

    private readonly HuntOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline<IReadOnlyList<SettingsMessage>> _pipeline;

    public SettingsSource(HuntOptions options, TimeProvider time, HttpMessageHandler? handler = null)
    {
        (_options, _time) = (options, time);
        _http = new HttpClient(handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
        {
            BaseAddress = options.ConfigService,
            MaxResponseContentBufferSize = MaxAnswerBytes,
            Timeout = Timeout.InfiniteTimeSpan, // the pipeline's timeouts rule
        };
        var failures = new PredicateBuilder<IReadOnlyList<SettingsMessage>>()
            .Handle<HttpRequestException>().Handle<TimeoutRejectedException>().Handle<JsonException>();
        _pipeline = new ResiliencePipelineBuilder<IReadOnlyList<SettingsMessage>> { TimeProvider = time }
            .AddTimeout(TimeSpan.FromSeconds(10))
            .AddRetry(new RetryStrategyOptions<IReadOnlyList<SettingsMessage>>
            {
                ShouldHandle = failures, MaxRetryAttempts = 4, BackoffType = DelayBackoffType.Exponential, UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(2),
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<IReadOnlyList<SettingsMessage>>
            {
                ShouldHandle = failures, FailureRatio = 0.9, MinimumThroughput = 5,
                SamplingDuration = TimeSpan.FromSeconds(15), BreakDuration = TimeSpan.FromSeconds(5),
            })
            .AddTimeout(TimeSpan.FromSeconds(2))
            .Build();
    }

    /// <summary>See <see cref="FetchChanges"/>.</summary>
    /// <exception cref="HttpRequestException">not reached, or refused; also the pipeline's own exceptions</exception>
    public async Task<IReadOnlyList<SettingsMessage>> ChangesAfterAsync(SettingsState held, CancellationToken cancel) =>
        await _pipeline.ExecuteAsync(async attempt =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/settings/changes?after={held.Version}&hash={held.Values.Hash}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer",
                Tokens.Mint(_options.TokenKey, _options.Instance, Tokens.AnyHunt, TokenLife, _time, Role.Service));
            using var answer = await _http.SendAsync(request, attempt);
            answer.EnsureSuccessStatusCode();
            await using var body = await answer.Content.ReadAsStreamAsync(attempt);
            return await JsonSerializer.DeserializeAsync(body, Wire.Default.SettingsMessageArray, attempt)
                ?? throw new JsonException("ConfigService answered null.");
        }, cancel);

    public void Dispose() => _http.Dispose();
}
