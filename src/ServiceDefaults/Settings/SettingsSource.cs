using System.Net.Http.Headers;
using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>Asks ConfigService for versions that were missed. Never on the path of an action.</summary>
public sealed class SettingsSource : IDisposable
{
    public const int MaxAnswerBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(10);

    private readonly HuntOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly LivePipeline _pipeline;

    public SettingsSource(HuntOptions options, LivePipeline pipeline, TimeProvider time, HttpMessageHandler? handler = null)
    {
        (_options, _pipeline, _time) = (options, pipeline, time);
        _http = new HttpClient(handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
        {
            BaseAddress = options.ConfigService,
            MaxResponseContentBufferSize = MaxAnswerBytes,
            Timeout = Timeout.InfiniteTimeSpan, // the pipeline's timeout rules
        };
    }

    /// <summary>See <see cref="FetchChanges"/>.</summary>
    /// <exception cref="HttpRequestException">not reached, or refused; also the pipeline's own exceptions</exception>
    public async Task<IReadOnlyList<SettingsMessage>> ChangesAfterAsync(SettingsState held, CancellationToken cancel) =>
        await _pipeline.ExecuteAsync(static (call, attempt) => call.Source.AskAsync(call.Held, attempt), (Source: this, Held: held), cancel);

    private async ValueTask<IReadOnlyList<SettingsMessage>> AskAsync(SettingsState held, CancellationToken attempt)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/settings/changes?after={held.Version}&hash={held.Values.Hash}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer",
            Tokens.Mint(_options.TokenKey, _options.Instance, Tokens.AnyHunt, TokenLife, _time, Role.Service));
        using var answer = await _http.SendAsync(request, attempt);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync(attempt);
        return await JsonSerializer.DeserializeAsync(body, Wire.Default.SettingsMessageArray, attempt)
            ?? throw new JsonException("ConfigService answered null.");
    }

    public void Dispose() => _http.Dispose();
}
