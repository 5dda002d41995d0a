using System.Collections.Concurrent;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>A rival: one message per action, published with confirm from this process, consumed in another.</summary>
public sealed class GuessArm : IArm
{
    private readonly BenchServers _servers;
    private readonly IGuessDoor _door;
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _asked;

    private GuessArm(
        string name, BenchServers servers, ArmDatabase database, ChildProcess process, IGuessDoor door, ConcurrentDictionary<Guid, TaskCompletionSource> asked)
    {
        (Name, _servers, Database, Process, _door, _asked) = (name, servers, database, process, door, asked);
    }

    public string Name { get; }
    public bool KeepsOrder => false;
    public ArmDatabase Database { get; }
    public ChildProcess Process { get; }

    /// <param name="tuning">one of the rival's candidates</param>
    public static async Task<GuessArm> StartAsync(BenchServers servers, Rival rival, IRivalTuning tuning, CancellationToken cancel)
    {
        var database = await servers.CopyAsync(cancel);
        var process = await ChildProcess.StartAsync(
            servers.Box, rival.Name + "-1", database.ConnectionString, servers.Views, ["TreasureHunt.Tests.Benchmarks.dll", rival.Argument],
            [new(Rival.Variable, Rival.ToJson(tuning)), .. tuning.Variables], cancel);

        var asked = new ConcurrentDictionary<Guid, TaskCompletionSource>();
        var door = await rival.OpenAsync(
            servers.Options("bench-sender", database),
            actionId =>
            {
                if (asked.TryRemove(actionId, out var waiting)) waiting.TrySetResult();
            },
            cancel);
        return new GuessArm(rival.Name, servers, database, process, door, asked);
    }

    /// <summary>The order does not matter here, so that serialising need not stand in a row.</summary>
    public Task SendAsync(AcceptedAction action) => Task.Run(() => _door.SendAsync(new JudgeGuess(action, Answer: false)));

    public async Task AskAsync(AcceptedAction action)
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[action.Action.ActionId] = waiting;
        await Task.Run(() => _door.SendAsync(new JudgeGuess(action, Answer: true)));
        await waiting.Task;
    }

    public Task<IReadOnlyDictionary<string, double>> StagesAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyDictionary<string, double>>(new Dictionary<string, double>());

    public async Task<(long Waiting, long GivenUp)> QueuesAsync(CancellationToken cancel)
    {
        long waiting = await _servers.Queues.WaitingAsync(GuessBus.Guesses, cancel) ?? 0, givenUp = 0;
        foreach (var queue in GuessBus.Queues[1..]) givenUp += await _servers.Queues.WaitingAsync(queue, cancel) ?? 0;
        return (waiting, givenUp);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await _door.DisposeAsync();
        await _servers.Queues.DeleteAsync(GuessBus.Queues, CancellationToken.None);
        await Database.DisposeAsync();
    }
}
