using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Parked;
using TreasureHunt.Processors.Storage;
using TreasureHunt.Processors.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Settings;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Tests.Benchmarks.Arms.RawLanes;

/// <summary>
/// A processor whose lanes are consumed by <see cref="RawLane"/>; workers, deciding, committing, telling and views are the engine's own. It follows no lane
/// plan and does not re-open lanes for another prefetch.
/// </summary>
public sealed class RawLaneHost(
    HuntOptions options, LiveSettings settings, LaneGate gate, Rounds rounds, GroupCommit commits, ParkedTable parked, Checkpoints checkpoints, FactReader reader,
    Announcer announcer, LaneMetrics metrics, Seal seal, TimeProvider time, StoreConnections store, LivePipelines pipelines, StageTimes stages, ILogger<RawLaneHost> logger)
    : IHostedService
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "raw-lanes-arm";

    private static readonly TimeSpan MaxLeaving = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<LaneWorker> _workers = [];
    private readonly List<Task> _running = [];

    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateBuilder();
        var options = builder.AddServiceDefaults("processors");
        builder.AddLiveSettings("processors");
        var services = builder.Services;
        var store = new StoreConnections(options);
        services.AddSingleton(store);
        services.AddSingleton(provider => new HuntLog(store.Writer, provider.GetRequiredService<StoreCalls>()));
        services.AddSingleton(provider => new FactReader(store.Reader, provider.GetRequiredService<StoreCalls>()));
        services.AddSingleton(provider => new Checkpoints(store.Reader, provider.GetRequiredService<ILogger<Checkpoints>>(), provider.GetRequiredService<StoreCalls>()));
        services.AddSingleton(provider => new ParkedTable(store.Reader, provider.GetRequiredService<StoreCalls>()));
        services.AddSingleton<LaneGate>();
        services.AddSingleton(provider => new Rounds(() => provider.GetRequiredService<LiveSettings>().Current.Lane.Pace, provider.GetRequiredService<TimeProvider>(), Rounds.PerAction));
        services.AddSingleton(provider => new GroupCommit(
            provider.GetRequiredService<HuntLog>(), provider.GetRequiredService<LiveSettings>(), provider.GetRequiredService<LaneMetrics>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LaneMetrics>();
        services.AddSingleton<Announcer>();
        if (options.Views) services.AddAnalysisStore(store.Daemon);
        services.AddMassTransit<IResultsBus>(bus => bus.UsingRabbitMq((_, rabbit) => rabbit.ConfigureHuntHost(options, "results")));
        services.AddHostedService<RawLaneHost>(); // starts before the server listens: ready means subscribed

        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGet("/status", (LaneMetrics metrics, StageTimes stages) => Results.Json(new { metrics.Totals, stages = stages.Summary(), process = ProcessStatus.Now() }));
        await app.RunAsync();
    }

    public async Task StartAsync(CancellationToken cancel)
    {
        await HuntStore.RequireLaneCountAsync(store.Writer, options.Lanes, cancel);
        await LaneTopology.DeclareAsync(options, NullLogger.Instance, cancel);
        var lanes = Enumerable.Range(0, options.Lanes).Select(Open).ToArray();
        await Task.WhenAll(lanes.Select(lane => lane.Subscribed)).WaitAsync(cancel);
    }

    /// <summary>In order, as the engine does: see <see cref="Lane.MayLeave"/>.</summary>
    public async Task StopAsync(CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(MaxLeaving, time);
        foreach (var worker in _workers) worker.Lane.Leave();
        await Task.WhenAll(_workers.Select(worker => worker.Lane.MayLeaveAsync(limit.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopping.CancelAsync();
        await Task.WhenAll(_workers.Select(worker => worker.ReleaseNowAsync()));
        await Task.WhenAll(_running).WaitAsync(cancel);
        _stopping.Dispose();
    }

    private RawLane Open(int number)
    {
        var lane = new Lane(number, time);
        var cache = new HuntCache(reader, checkpoints, seal, time);
        var committer = new BatchCommitter(
            lane, settings, cache, new BatchDecider(cache, reader, seal, options.Instance, time), commits, pipelines.Store, metrics, time, logger);
        var clock = new StageClock(stages, time);
        var worker = new LaneWorker(
            lane, gate, rounds, settings, cache, committer, new BatchTeller(lane, reader, announcer, pipelines.Store, clock, time, logger),
            new LaneCheckpoints(checkpoints, logger), clock, logger);
        var consumed = new RawLane(lane, options, settings, parked, seal, time, logger);
        _workers.Add(worker);
        _running.Add(Task.Run(() => worker.RunAsync(_stopping.Token)));
        _running.Add(Task.Run(() => consumed.RunAsync(_stopping.Token)));
        return consumed;
    }
}
