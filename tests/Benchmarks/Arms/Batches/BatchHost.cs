using Marten;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.Batches;

/// <summary>The batch arm's own process: one receive endpoint, a consumer of batches.</summary>
public static class BatchHost
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "batch-arm";

    public static async Task RunAsync()
    {
        var tuning = Rival.Tuning<BatchTuning>();
        await RivalHost.RunAsync("batch", maxPool: tuning.Concurrency + 8, (services, options, data) =>
        {
            services.AddSingleton(tuning);
            services.AddSingleton<IDocumentStore>(_ => GuessStore.Create(data, Aggregate.Live));
            services.AddMassTransit(bus =>
            {
                bus.AddConsumer<GuessBatchConsumer>(consumer => consumer.Options<BatchOptions>(batch => batch
                    .SetMessageLimit(tuning.Limit).SetConcurrencyLimit(tuning.Concurrency).SetTimeLimit(TimeSpan.FromMilliseconds(tuning.WaitMs))));
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    rabbit.ConfigureGuessHost(options, "guesses");
                    rabbit.ReceiveEndpoint(GuessBus.Guesses, endpoint =>
                    {
                        if (tuning.Queue == QueueKind.Quorum) endpoint.SetQuorumQueue();
                        endpoint.ConfigureConsumeTopology = false;
                        endpoint.PrefetchCount = tuning.Prefetch;
                        endpoint.ConcurrentMessageLimit = tuning.Prefetch;
                        endpoint.ConfigureConsumer<GuessBatchConsumer>(context);
                    });
                });
            });
        });
    }
}
