using System.Collections.Concurrent;
using TreasureHunt.Contracts.Actions;

namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>The senders' own book of what they sent and what they were told. Thread-safe.</summary>
public sealed class ClientLedger(TimeProvider clock)
{
    private readonly ConcurrentQueue<LedgerEntry> _entries = [];
    private long _requests;

    public IReadOnlyList<LedgerEntry> Entries => [.. _entries];

    /// <summary>Writes down a request before it is sent for the first time.</summary>
    public IReadOnlyList<LedgerEntry> Begin(string hunt, string actor, bool byService, params IReadOnlyList<HuntAction> actions)
    {
        var request = Interlocked.Increment(ref _requests);
        var entries = actions.Select((action, i) => new LedgerEntry(hunt, actor, action, request, i, byService) { FirstSentAt = clock.GetTimestamp() }).ToList();
        foreach (var entry in entries) _entries.Enqueue(entry);
        return entries;
    }

    public IReadOnlyList<string> Hunts => [.. _entries.Select(entry => entry.Hunt).Distinct()];

    public override string ToString()
    {
        var entries = Entries;
        return $"{entries.Count} actions of {entries.Select(e => (e.Hunt, e.Actor)).Distinct().Count()} players in {Hunts.Count} hunts: "
            + $"{entries.Count(e => e.AcceptedAt is not null)} accepted, {entries.Count(e => e.Reply is { IsDecided: true })} outcomes seen, "
            + $"{entries.Count(e => e.Tries > 1)} sent more than once, {entries.Count(e => e.Complaint is not null)} complaints";
    }
}
