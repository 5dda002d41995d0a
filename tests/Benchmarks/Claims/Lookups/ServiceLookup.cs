using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TreasureHunt.Tests.Benchmarks.Claims.Lookups;

/// <summary>One HTTP call per question, on pooled connections.</summary>
public sealed class ServiceLookup(Uri service) : ILookup, IDisposable
{
    public const string Path = "/config/lane.batchCap";

    /// <summary>Plenty, so that a slow service makes actions late rather than few.</summary>
    public const int MaxConnections = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = MaxConnections, UseCookies = false, UseProxy = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null,
    })
    {
        BaseAddress = service, Timeout = Patience,
    };

    private long _calls;

    public long Calls => Interlocked.Read(ref _calls);

    public async ValueTask<CentralValue> GetAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref _calls);
        return await _http.GetFromJsonAsync(Path, CentralJson.Default.CentralValue, cancel) ?? throw new JsonException("No value.");
    }

    public void Dispose() => _http.Dispose();
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CentralValue))]
public sealed partial class CentralJson : JsonSerializerContext;
