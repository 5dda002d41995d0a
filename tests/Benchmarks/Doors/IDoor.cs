using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <summary>A way into the running engine: the load that comes by it, and the least that a server of its kind can do with the same load.</summary>
public interface IDoor<TRequest> : IAsyncDisposable
{
    DoorWords Words { get; }

    /// <summary>One action as its sender sends it, made before the clock runs.</summary>
    /// <param name="asks">the sender waits for what becomes of it, where the door answers that</param>
    TRequest Request(AcceptedAction action, bool asks);

    DoorReading ReadBare();

    /// <summary>A closed loop to the bare server; ends when it is done with all of them.</summary>
    Task<Answers> BareAsync(TRequest[] requests, CancellationToken cancel);

    /// <summary>A closed loop to the engine; ends when all are answered, and all were accepted.</summary>
    Task<Answers> ClosedAsync(TRequest[] requests, CancellationToken cancel);

    /// <summary>Ends when the ingress has put them on their lanes, which stand still.</summary>
    /// <param name="actions">answered since the lanes stand still</param>
    Task OnLanesAsync(int actions, CancellationToken cancel);

    /// <summary>On a schedule: from when each was due until its sender can know that it is committed. Enters them into the books.</summary>
    Task<DoorWait> OpenAsync(AcceptedAction[] actions, TRequest[] requests, Arrivals arrivals, CancellationToken cancel);
}
