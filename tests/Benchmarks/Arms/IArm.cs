using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Tests.Benchmarks.Arms;

/// <summary>One way to get actions decided and stored: a process of its own, a database of its own, queues of its own.</summary>
public interface IArm : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Does the store keep the order in which actions of a hunt were sent?</summary>
    bool KeepsOrder { get; }

    ArmDatabase Database { get; }

    ChildProcess Process { get; }

    /// <summary>Takes the action in the order of the calls; the task ends with the broker's confirm.</summary>
    Task SendAsync(AcceptedAction action);

    /// <summary>The same, but the task ends when the outcome has come back.</summary>
    Task AskAsync(AcceptedAction action);

    /// <summary>Milliseconds that all messages together have spent in each stage since the start; empty for an arm that has no stages.</summary>
    Task<IReadOnlyDictionary<string, double>> StagesAsync(CancellationToken cancel);

    /// <summary>Messages that wait in the arm's queues, and those it gave up on.</summary>
    Task<(long Waiting, long GivenUp)> QueuesAsync(CancellationToken cancel);
}
