using Marten;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Processors.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

/// <summary>The idiomatic arm's own process: hosted like our services (logs, metrics, health), one receive endpoint.</summary>
public static class IdiomaticHost
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "idiomatic-arm";

    /// <summary>Conflicts are retried this often, a little later each time; more end in the error queue and fail the run.</summary>
    private const int MaxRetries = 100;

    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateBuilder();
        var options = builder.AddServiceDefaults("idiomatic");
        var tuning = IdiomaticTuning.FromEnvironment();
        var data = options.DataSource("idiomatic", maxPool: tuning.Concurrency + 8, idleInTransaction: null);
        builder.Services.AddSingleton(tuning);
        builder.Services.AddSingleton<IDocumentStore>(_ => IdiomaticStore.Create(data, tuning.Aggregate));
        if (options.Views) builder.Services.AddAnalysisStore(options.DataSource("daemon", maxPool: 16, idleInTransaction: null)); // the same views as beside the lanes
        builder.Services.AddSingleton(new FactReader(data));
        builder.Services.AddSingleton<HuntBook>();
        builder.Services.AddSingleton<IdiomaticTotals>();
        builder.Services.AddMassTransit(bus =>
        {
            bus.AddConsumer<GuessConsumer>();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.ConfigureIdiomaticHost(options, "guesses");
                rabbit.ReceiveEndpoint(IdiomaticBus.Guesses, endpoint =>
                {
                    if (tuning.Queue == QueueKind.Quorum) endpoint.SetQuorumQueue();
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.PrefetchCount = tuning.Prefetch;
                    endpoint.ConcurrentMessageLimit = tuning.Concurrency;
                    endpoint.UseMessageRetry(retry => retry.Incremental(MaxRetries, TimeSpan.Zero, TimeSpan.FromMilliseconds(1)));
                    endpoint.ConfigureConsumer<GuessConsumer>(context);
                });
            });
        });

        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGet("/status", (IdiomaticTotals totals) => Results.Json(new ChildStatus(totals.Now, ProcessStatus.Now())));
        await app.RunAsync();
    }
}
