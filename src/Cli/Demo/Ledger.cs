using System.Collections.Concurrent;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// The senders' own books: every action sent, and what the engine last said became of it. Against these books the store
/// is checked at the end. Thread-safe.
/// </summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<(string Actor, Guid ActionId), Entry> _entries = new();
    private readonly ConcurrentQueue<string> _contradictions = new();
    private long _sendings;
    private int _known;

    /// <summary>Times an action went out, repetitions included.</summary>
    public long Sendings => Interlocked.Read(ref _sendings);

    public int Count => _entries.Count;

    /// <summary>Actions whose fate is known.</summary>
    public int Known => Volatile.Read(ref _known);

    /// <summary>Two answers to one id that do not say the same.</summary>
    public IReadOnlyCollection<string> Contradictions => _contradictions;

    public IReadOnlyCollection<Entry> Entries => [.. _entries.Values];

    /// <summary>Before each sending.</summary>
    public void Sending(string actor, HuntAction action)
    {
        Interlocked.Increment(ref _sendings);
        _entries.TryAdd((actor, action.ActionId), new Entry(actor, action, null));
    }

    /// <summary>An answer to one of the actions; a pending one says nothing.</summary>
    public void Learned(string actor, ActionReply reply)
    {
        if (reply.Status == ReplyStatus.Pending) return;
        var key = (actor, reply.ActionId);
        if (!_entries.TryGetValue(key, out var entry))
        {
            _contradictions.Enqueue($"{actor} got an answer to {reply.ActionId}, which was never sent");
        }
        else if (entry.Reply is null)
        {
            if (_entries.TryUpdate(key, entry with { Reply = reply }, entry)) Interlocked.Increment(ref _known);
            else Learned(actor, reply);
        }
        else if ((entry.Reply.Status, entry.Reply.Version, entry.Reply.Fact) != (reply.Status, reply.Version, reply.Fact))
        {
            _contradictions.Enqueue($"{actor}'s {reply.ActionId} was {entry.Reply.Status} at version {entry.Reply.Version}, then {reply.Status} at {reply.Version}");
        }
    }

    /// <param name="Reply">what became of it; null: not known yet</param>
    public sealed record Entry(string Actor, HuntAction Action, ActionReply? Reply);
}
