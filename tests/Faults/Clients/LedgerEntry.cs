using TreasureHunt.Contracts.Actions;

namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>
/// One action as its sender knows it. Written by the one task that sends it, read after that task has ended.
/// Times are timestamps of one monotonic clock, as <see cref="TimeProvider.GetTimestamp"/> gives them.
/// </summary>
/// <param name="request">number of the request it travels in; the same for all actions of an array</param>
/// <param name="position">in the request's array</param>
/// <param name="byService">sent with a service token</param>
public sealed class LedgerEntry(string hunt, string actor, HuntAction action, long request, int position, bool byService)
{
    public string Hunt { get; } = hunt;
    public string Actor { get; } = actor;

    /// <summary>In plain text.</summary>
    public HuntAction Action { get; } = action;
    public long Request { get; } = request;
    public int Position { get; } = position;
    public bool ByService { get; } = byService;

    public Guid EventId => ActionIds.EventId(Hunt, Actor, Action.ActionId);

    /// <summary>Just before the first try.</summary>
    public long FirstSentAt { get; set; }

    /// <summary>When the engine first said that it has it (202 or 200); null: it never did, so it may or may not be stored.</summary>
    public long? AcceptedAt { get; set; }

    /// <summary>When the client first knew what became of it.</summary>
    public long? DecidedAt { get; set; }
    public ClientReply? Reply { get; set; }

    /// <summary>What its sender has against the engine: turned away for good, or told two different things. Null: nothing.</summary>
    public string? Complaint { get; set; }

    /// <summary>1: the first try was answered.</summary>
    public int Tries { get; set; }

    public override string ToString() => $"{Action.Kind} {Action.ActionId} of {Actor} in {Hunt}";
}
