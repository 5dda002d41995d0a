using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using TreasureHunt.Tests.Benchmarks.Claims.Lookups;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>
/// The central config service of arms A1 to A3, as quick as one can be: Kestrel alone, the value in memory, no logs and no telemetry. Told so, it is slow or
/// fails. Started with an address it is a relay that does the same to the calls to ConfigService.
/// </summary>
public static class CentralConfigHost
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "central-config";

    /// <summary>Whom to relay to.</summary>
    public const string RelayVariable = "HUNT_BENCH_RELAY";

    public const string FaultsPath = "/faults";

    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(Environment.GetEnvironmentVariable("ASPNETCORE_URLS")!);
        var app = builder.Build();
        Map(app, Environment.GetEnvironmentVariable(RelayVariable) is { Length: > 0 } address ? new Uri(address) : null);
        await app.RunAsync();
    }

    /// <param name="relayTo">null: it answers itself</param>
    public static void Map(WebApplication app, Uri? relayTo)
    {
        var value = new CentralValue(1, 1024);
        var faults = new Faults(0, 0);
        var relay = relayTo is null ? null : new HttpClient { BaseAddress = relayTo };
        app.Run(async context =>
        {
            var (request, answer) = (context.Request, context.Response);
            if (request.Path == "/health/ready") return;
            if (request.Path == FaultsPath)
            {
                faults = (await request.ReadFromJsonAsync(FaultsJson.Default.Faults))!;
                return;
            }
            if (request.Method == HttpMethods.Put)
            {
                value = new CentralValue(value.Version + 1, (await request.ReadFromJsonAsync(CentralJson.Default.CentralValue))!.BatchCap);
                return;
            }
            if (faults.DelayMs > 0) await Task.Delay(faults.DelayMs);
            if (faults.FailShare > 0 && Random.Shared.NextDouble() < faults.FailShare) answer.StatusCode = StatusCodes.Status503ServiceUnavailable;
            else if (relay is not null) await RelayAsync(relay, request, answer);
            else await answer.WriteAsJsonAsync(value, CentralJson.Default.CentralValue);
        });
    }

    private static async Task RelayAsync(HttpClient relay, HttpRequest request, HttpResponse answer)
    {
        using var asked = new HttpRequestMessage(new HttpMethod(request.Method), $"{request.Path}{request.QueryString}");
        foreach (var (name, values) in request.Headers.Where(header => header.Key != "Host")) asked.Headers.TryAddWithoutValidation(name, [.. values]);
        using var got = await relay.SendAsync(asked);
        answer.StatusCode = (int)got.StatusCode;
        answer.ContentType = got.Content.Headers.ContentType?.ToString();
        await got.Content.CopyToAsync(answer.Body);
    }
}

/// <param name="DelayMs">before every answer</param>
/// <param name="FailShare">of the calls that end in 503, 0 to 1</param>
public sealed record Faults(int DelayMs, double FailShare);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Faults))]
public sealed partial class FaultsJson : JsonSerializerContext;
