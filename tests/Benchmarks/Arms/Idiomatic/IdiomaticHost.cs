using Marten;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

/// <summary>The idiomatic arm's own process: one receive endpoint, a consumer per message.</summary>
public static class IdiomaticHost
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "idiomatic-arm";

    /// <summary>Conflicts are retried this often, a little later each time; more end in the error queue and fail the run.</summary>
    private const int MaxRetries = 100;

    public static async Task RunAsync()
    {
        var tuning = Rival.Tuning<IdiomaticTuning>();
        await RivalHost.RunAsync("idiomatic", maxPool: tuning.Concurrency + 8, (services, options, data) =>
        {
            services.AddSingleton(tuning);
            services.AddSingleton<IDocumentStore>(_ => GuessStore.Create(data, tuning.Aggregate));
            services.AddMassTransit(bus =>
            {
                bus.AddConsumer<GuessConsumer>();
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    rabbit.ConfigureGuessHost(options, "guesses");
                    rabbit.ReceiveEndpoint(GuessBus.Guesses, endpoint =>
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
        });
    }
}
