using System.Collections.Concurrent;
using MassTransit;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

namespace TreasureHunt.Tests.Benchmarks.Arms;

/// <summary>The rival: one message per action, published with confirm from this process, consumed in another.</summary>
public sealed class IdiomaticArm : IArm
{
    public const string ArmName = "idiomatic";

    private readonly BenchServers _servers;
    private readonly IBusControl _bus;
    private readonly ISendEndpoint _guesses;
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _asked;

    private IdiomaticArm(
        BenchServers servers, ArmDatabase database, ChildProcess process, IBusControl bus, ISendEndpoint guesses, ConcurrentDictionary<Guid, TaskCompletionSource> asked)
    {
        (_servers, Database, Process, _bus, _guesses, _asked) = (servers, database, process, bus, guesses, asked);
    }

    public string Name => ArmName;
    public bool KeepsOrder => false;
    public ArmDatabase Database { get; }
    public ChildProcess Process { get; }

    public static async Task<IdiomaticArm> StartAsync(BenchServers servers, IdiomaticTuning tuning, CancellationToken cancel)
    {
        var database = await servers.CopyAsync(cancel);
        var process = await ChildProcess.StartAsync(
            servers.Box, "idiomatic-1", database.ConnectionString, servers.Views, ["TreasureHunt.Tests.Benchmarks.dll", IdiomaticHost.Argument],
            [new(IdiomaticTuning.Variable, tuning.ToJson())], cancel);

        var asked = new ConcurrentDictionary<Guid, TaskCompletionSource>();
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.ConfigureIdiomaticHost(servers.Options("bench-sender", database), "sender");
            rabbit.ReceiveEndpoint(IdiomaticBus.Judged, endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.PrefetchCount = 256;
                endpoint.Handler<GuessJudged>(judged =>
                {
                    if (asked.TryRemove(judged.Message.ActionId, out var waiting)) waiting.TrySetResult();
                    return Task.CompletedTask;
                });
            });
        });
        await bus.StartAsync(cancel);
        return new IdiomaticArm(servers, database, process, bus, await bus.GetSendEndpoint(new Uri($"exchange:{IdiomaticBus.Guesses}")), asked);
    }

    /// <summary>The order does not matter here, so that serialising need not stand in a row.</summary>
    public Task SendAsync(AcceptedAction action) => Task.Run(() => _guesses.Send(new JudgeGuess(action, Answer: false)));

    public async Task AskAsync(AcceptedAction action)
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[action.Action.ActionId] = waiting;
        await Task.Run(() => _guesses.Send(new JudgeGuess(action, Answer: true)));
        await waiting.Task;
    }

    public Task<IReadOnlyDictionary<string, double>> StagesAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyDictionary<string, double>>(new Dictionary<string, double>());

    public async Task<(long Waiting, long GivenUp)> QueuesAsync(CancellationToken cancel)
    {
        long waiting = await _servers.Queues.WaitingAsync(IdiomaticBus.Guesses, cancel) ?? 0, givenUp = 0;
        foreach (var queue in IdiomaticBus.Queues[1..]) givenUp += await _servers.Queues.WaitingAsync(queue, cancel) ?? 0;
        return (waiting, givenUp);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await _bus.StopAsync(CancellationToken.None);
        await _servers.Queues.DeleteAsync(IdiomaticBus.Queues, CancellationToken.None);
        await Database.DisposeAsync();
    }
}
