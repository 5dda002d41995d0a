namespace TreasureHunt.Tests.Faults.Checks;

/// <summary>What must hold after every fault.</summary>
public enum Promise
{
    /// <summary>An action the engine accepted is an event or a parked row.</summary>
    NothingLost,
    /// <summary>An action is at most one event, and its id is the one that follows from hunt, actor and action id.</summary>
    NothingDoubled,
    /// <summary>What nobody sent is not in the log.</summary>
    NothingInvented,
    /// <summary>Versions of a stream are 1, 2, 3 …, up to where the store says it stands; its clock never goes back.</summary>
    StreamsWhole,
    /// <summary>Of one player's actions in one hunt, what was accepted before the next was sent stands before it.</summary>
    OrderKept,
    /// <summary>Deciding every action again, on the fold of what stands before it, gives the stored fact.</summary>
    DecisionsRepeatable,
    /// <summary>What a client was told is what is stored.</summary>
    OutcomesTrue,
    /// <summary>A team finds a treasure once.</summary>
    FindsUnique,
    /// <summary>The finders of a treasure are numbered 1, 2, 3 … in the order of the stream.</summary>
    FindersCounted,
    /// <summary>No more finders than copies.</summary>
    CopiesKept,
    /// <summary>Faults are answered "try again": no client is turned away for good, or told first this, then that.</summary>
    ClientsServed,
    /// <summary>The board from all events, from the checkpoint and its tail, and the public one are the same.</summary>
    BoardsEqual,
}

public sealed record Violation(Promise Promise, string Hunt, string Detail)
{
    public override string ToString() => $"{Promise} broken in {Hunt}: {Detail}";
}
