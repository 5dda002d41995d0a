using System.Text.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Settings;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Benchmarks.Claims.Lookups;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>
/// The processor of every arm: hosted like our own, its lanes built by the same calls. The arms differ in one thing, where the settings come from.
/// </summary>
public static class ClaimsHost
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "claims-processor";

    /// <summary>A <see cref="Source"/>.</summary>
    public const string Variable = "HUNT_BENCH_SOURCE";

    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateBuilder();
        var options = builder.AddServiceDefaults("processors");
        AddSettings(builder, JsonSerializer.Deserialize<Source>(Environment.GetEnvironmentVariable(Variable)!)!);
        builder.AddLanes(options);
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapLaneStatus();
        app.MapGet("/calls", (IServiceProvider services) => Results.Json(services.GetService<ILookup>()?.Calls ?? 0));
        app.MapPost("/collect", () =>
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return Results.Json(GC.GetTotalMemory(forceFullCollection: true));
        });
        await app.RunAsync();
    }

    public static void AddSettings(WebApplicationBuilder builder, Source source)
    {
        if (source.Arm is ClaimsPlan.Ours or ClaimsPlan.OursAgain)
        {
            builder.AddLiveSettings("processors");
            return;
        }
        // Nobody follows the settings stream: the values are the schema's, until a lookup says otherwise.
        var services = builder.Services;
        services.AddSingleton(new LiveSettings(SettingsSchema.Defaults));
        services.AddSingleton<LivePipelines>();
        services.AddSingleton(provider => new StoreCalls(provider.GetRequiredService<LivePipelines>().Store));
        if (source.Arm == ClaimsPlan.Constants) return;

        services.AddSingleton<ILookup>(_ => source.Arm switch
        {
            ClaimsPlan.StorePerAction => new StoreLookup(source.Address, source.Select!),
            ClaimsPlan.ServiceCached => new CachedLookup(new ServiceLookup(new Uri(source.Address)), TimeProvider.System),
            _ => new ServiceLookup(new Uri(source.Address)),
        });
        services.AddSingleton<IBeforeLane>(provider => new LookupBeforeLane(
            provider.GetRequiredService<ILookup>(), source.Arm == ClaimsPlan.ServicePerBatch, provider.GetRequiredService<LiveSettings>(), TimeProvider.System));
    }
}

/// <summary>Where an arm's processor gets its settings.</summary>
/// <param name="Address">of the service, or a connection string</param>
/// <param name="Select">what the store is asked</param>
public sealed record Source(string Arm, string Address = "", string? Select = null);
