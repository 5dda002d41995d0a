using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TreasureHunt.Processors.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>A rival's own process: hosted like our services (logs, metrics, health), the same views beside its work, the same status.</summary>
public static class RivalHost
{
    /// <param name="maxPool">connections for the rival's own statements</param>
    /// <param name="add">what consumes</param>
    public static async Task RunAsync(string service, int maxPool, Action<IServiceCollection, HuntOptions, NpgsqlDataSource> add)
    {
        var builder = WebApplication.CreateBuilder();
        var options = builder.AddServiceDefaults(service);
        var data = options.DataSource(service, maxPool, idleInTransaction: null);
        if (options.Views) builder.Services.AddAnalysisStore(options.DataSource("daemon", maxPool: 16, idleInTransaction: null)); // the same views as beside the lanes
        builder.Services.AddSingleton(new FactReader(data));
        builder.Services.AddSingleton<HuntBook>();
        builder.Services.AddSingleton<GuessJudge>();
        builder.Services.AddSingleton<GuessTotals>();
        add(builder.Services, options, data);

        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGet("/status", (GuessTotals totals) => Results.Json(new ChildStatus(totals.Now, ProcessStatus.Now())));
        await app.RunAsync();
    }
}
