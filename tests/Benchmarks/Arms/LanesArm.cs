using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.Ingress.Outcomes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.Tests.Benchmarks.Arms.RawLanes;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Arms;

/// <summary>
/// Our pipeline: the ingress's lane writers in this process, one processor as users run it in another. What stands before
/// the writers in an ingress (HTTP, token, checks, sealing) is not part of it, on either side.
/// </summary>
public sealed class LanesArm : IArm
{
    private readonly BenchServers _servers;
    private readonly IHost _sender;
    private readonly LaneWriters _writers;

    private LanesArm(string name, BenchServers servers, ArmDatabase database, ChildProcess process, IHost sender)
    {
        (Name, _servers, Database, Process, _sender) = (name, servers, database, process, sender);
        _writers = sender.Services.GetRequiredService<LaneWriters>();
    }

    public string Name { get; }
    public bool KeepsOrder => true;
    public ArmDatabase Database { get; }
    public ChildProcess Process { get; }

    /// <summary>Queues and exchanges that the arm leaves behind.</summary>
    public static IEnumerable<string> Queues(int lanes) =>
    [
        .. Enumerable.Range(0, lanes).Select(Envelope.QueueOf), HuntBus.IntakeQueue, LaneTopology.ParkedIntakeQueue,
        LaneTopology.OutcomesExchange, HuntBus.FactsExchange,
    ];

    /// <param name="name">one of the lanes' arms of <see cref="BenchArms"/></param>
    public static async Task<LanesArm> StartAsync(BenchServers servers, string name, CancellationToken cancel) =>
        await StartAsync(servers, name, await servers.CopyAsync(cancel), configService: null, cancel);

    /// <param name="database">goes with the arm, unless it is lent</param>
    /// <param name="configService">whom the processor asks for settings it missed; null: nobody, it works by the defaults</param>
    public static Task<LanesArm> StartAsync(BenchServers servers, ArmDatabase database, Uri? configService, CancellationToken cancel) =>
        StartAsync(servers, BenchArms.Lanes, database, configService, cancel);

    private static async Task<LanesArm> StartAsync(BenchServers servers, string name, ArmDatabase database, Uri? configService, CancellationToken cancel)
    {
        KeyValuePair<string, string>[] more = configService is null ? [] : [new("Hunt__ConfigService", configService.AbsoluteUri)];
        string[] command = name == BenchArms.RawLanes ? ["TreasureHunt.Tests.Benchmarks.dll", RawLaneHost.Argument] : ["TreasureHunt.Processors.dll"];
        return await StartAsync(servers, name, database, command, more, cancel);
    }

    /// <param name="command">a dll of this folder that hosts a processor, and its arguments</param>
    /// <param name="more">variables of its environment</param>
    public static async Task<LanesArm> StartAsync(
        BenchServers servers, string name, ArmDatabase database, string[] command, IEnumerable<KeyValuePair<string, string>> more, CancellationToken cancel)
    {
        var process = await ChildProcess.StartAsync(servers.Box, "processor-1", database.ConnectionString, servers.Views, command, more, cancel);
        var sender = Sender(servers.Options("bench-ingress", database));
        await sender.StartAsync(cancel);
        return new LanesArm(name, servers, database, process, sender);
    }

    public async Task SendAsync(AcceptedAction action)
    {
        if (await Submit(action, asks: false).Sent != Sending.Confirmed)
            throw new CommandFailed(ExitCode.Failed, "The broker did not confirm an envelope; its fate is unknown and the run void.");
    }

    public async Task AskAsync(AcceptedAction action)
    {
        var outcome = (await Submit(action, asks: true).Decided)[0];
        if (outcome is not { Status: OutcomeStatus.Applied or OutcomeStatus.Refused })
            throw new CommandFailed(ExitCode.Failed, $"Action {action.Action.ActionId}: {outcome?.Status.ToString() ?? "the outcome was lost"}.");
    }

    public async Task<IReadOnlyDictionary<string, double>> StagesAsync(CancellationToken cancel)
    {
        var ours = _sender.Services.GetRequiredService<StageTimes>().Summary()
            .Select(stage => (Stage: stage.Key == StageTimes.NameOf(Stage.Settings) ? StageShares.SettingsOfIngress : stage.Key, stage.Value.TotalMs));
        var theirs = (await Process.StatusAsync(cancel)).Stages!.Select(stage => (Stage: stage.Key, stage.Value.TotalMs));
        return ours.Concat(theirs).ToDictionary(stage => stage.Stage, stage => stage.TotalMs);
    }

    public async Task<(long Waiting, long GivenUp)> QueuesAsync(CancellationToken cancel)
    {
        long waiting = 0;
        foreach (var queue in Queues(_servers.Box.Lanes)) waiting += await _servers.Queues.WaitingAsync(queue, cancel) ?? 0;
        return (waiting, await Database.ParkedAsync(cancel));
    }

    public async ValueTask DisposeAsync()
    {
        await _sender.StopAsync(CancellationToken.None);
        _sender.Dispose();
        await Process.DisposeAsync();
        await _servers.Queues.DeleteAsync(Queues(_servers.Box.Lanes), CancellationToken.None);
        await Database.DisposeAsync();
    }

    private Submission Submit(AcceptedAction action, bool asks)
    {
        var submission = new Submission([action], asks);
        var lane = _writers.Of(action.Hunt);
        // The ingress refuses by credit long before; here the backlog may grow to the length of the list.
        if (!lane.Ledger.TryTake(submission, int.MaxValue) || !lane.TryEnqueue(submission))
            throw new CommandFailed(ExitCode.Failed, "A lane writer refused an action although so few are under way.");
        return submission;
    }

    private static IHost Sender(HuntOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        var services = builder.Services;
        services.AddMetrics();
        services.SilenceBusUsage();
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<StageTimes>();
        services.AddSingleton<BrokerState>();
        services.AddSingleton<LivePipelines>();
        services.AddSingleton<LanePublisher>();
        services.AddMassTransit<IPublishBus>(bus => bus.UsingRabbitMq((_, rabbit) => rabbit.ConfigureHuntHost(options, "publish")));
        services.AddMassTransit(bus => bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.ConfigureHuntHost(options, "consume");
            OutcomesEndpoint.Connect(rabbit, context.GetRequiredService<LaneWriters>());
        }));
        services.AddSingleton(new LiveSettings(SettingsSchema.Defaults));
        services.AddSingleton<LaneWriters>();
        services.AddHostedService(provider => provider.GetRequiredService<LaneWriters>());
        return builder.Build();
    }
}
