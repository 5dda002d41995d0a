using System.Collections.Concurrent;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;

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

    /// <summary>
    /// The longest time, between two moments, that no outcome came from a lane to anybody: the longest of all lanes.
    /// A lane that was never heard of in that time counts with all of it.
    /// </summary>
    public (TimeSpan Longest, int Lane) LongestSilence(long from, long to, int lanes)
    {
        var longest = (Time: TimeSpan.Zero, Lane: -1);
        foreach (var lane in _entries.ToLookup(entry => LaneHash.LaneOf(entry.Hunt, lanes)))
        {
            var last = from;
            foreach (var at in lane.Select(entry => entry.DecidedAt).OfType<long>().Where(at => at > from && at < to).Order().Append(to))
            {
                var silence = clock.GetElapsedTime(last, at);
                if (silence > longest.Time) longest = (silence, lane.Key);
                last = at;
            }
        }
        return longest;
    }

    public override string ToString()
    {
        var entries = Entries;
        return $"{entries.Count} actions of {entries.Select(e => (e.Hunt, e.Actor)).Distinct().Count()} players in {Hunts.Count} hunts: "
            + $"{entries.Count(e => e.AcceptedAt is not null)} accepted, {entries.Count(e => e.Reply is { IsDecided: true })} outcomes seen, "
            + $"{entries.Count(e => e.Tries > 1)} sent more than once, {entries.Count(e => e.Complaint is not null)} complaints";
    }
}
