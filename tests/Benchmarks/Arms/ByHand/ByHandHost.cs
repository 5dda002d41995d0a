using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.ByHand;

/// <summary>The own process of the arm written by hand.</summary>
public static class ByHandHost
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "by-hand-arm";

    public static async Task RunAsync()
    {
        var tuning = Rival.Tuning<ByHandTuning>();
        await RivalHost.RunAsync("by-hand", maxPool: tuning.Concurrency + 4, (services, _, data) =>
        {
            services.AddSingleton(tuning);
            services.AddSingleton(new TeamLog(data, tuning.State));
            services.AddHostedService<ByHandConsumer>(); // starts before the server listens: ready means consuming
        });
    }
}
