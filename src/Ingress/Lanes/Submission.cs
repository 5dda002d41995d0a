using System.Diagnostics;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Ingress.Lanes;

public enum Sending
{
    /// <summary>The broker has them.</summary>
    Confirmed,

    /// <summary>Nobody knows; the same ids may be sent again.</summary>
    Unknown,
}

/// <summary>
/// The actions of one request, of one hunt. They travel in one envelope. Made by the request; completed once by the lane's
/// writer (sent) and once by its ledger (decided).
/// </summary>
/// <param name="asks">somebody waits for <see cref="Decided"/>: the outcomes are told only then</param>
public sealed class Submission(IReadOnlyList<AcceptedAction> actions, bool asks)
{
    private readonly TaskCompletionSource<Sending> _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<IReadOnlyList<Outcome?>>? _decided = asks ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;

    public IReadOnlyList<AcceptedAction> Actions { get; } = actions;
    public int Count => Actions.Count;
    public bool Asks => _decided is not null;

    /// <summary>When its credit was taken: its acceptance. Timestamp.</summary>
    public long TakenAt { get; internal set; }

    /// <summary>The span it was made in; null when nobody listens.</summary>
    public Activity? Request { get; } = Tracing.IsOn ? Activity.Current : null;

    public Task<Sending> Sent => _sent.Task;

    /// <summary>The outcomes in the order of the actions; null where the outcome passed us by: the store has it.</summary>
    /// <exception cref="InvalidOperationException">nobody asked</exception>
    public Task<IReadOnlyList<Outcome?>> Decided => _decided?.Task ?? throw new InvalidOperationException("This submission did not ask what becomes of it.");

    internal void End(Sending sending) => _sent.TrySetResult(sending);

    internal void End(IReadOnlyList<Outcome?> outcomes) => _decided!.TrySetResult(outcomes);
}
