using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Tests.Faults.Clients;

namespace TreasureHunt.Tests.Faults.Checks;

/// <summary>
/// Holds what the store says against what the clients know. Pure, and independent of lanes, caches and workers: it sees
/// only rows, the clients' book, and the game's own decision and fold. Tests plant bugs and see each of them caught.
/// </summary>
public sealed class Checker(History history, IReadOnlyList<LedgerEntry> ledger, Seal seal)
{
    private readonly List<Violation> _violations = [];
    private readonly ILookup<string, StoredEvent> _streams = history.Events.ToLookup(stored => stored.Hunt);
    private readonly Dictionary<Guid, LedgerEntry> _sent = ledger.ToDictionary(entry => entry.EventId);

    /// <summary>Violations that are listed; more are counted only.</summary>
    public const int MaxListed = 20;

    public static IReadOnlyList<Violation> Check(History history, IReadOnlyList<LedgerEntry> ledger, Seal seal)
    {
        var checker = new Checker(history, ledger, seal);
        checker.Conservation();
        foreach (var stream in checker._streams)
        {
            checker.Stream(stream.Key, [.. stream]);
            checker.Finds(stream.Key, [.. stream]);
        }
        checker.Order();
        checker.Outcomes();
        return checker._violations;
    }

    /// <summary>Accepted = events + parked rows; each at most once; nothing else.</summary>
    private void Conservation()
    {
        var stored = history.Events.ToLookup(e => (e.Hunt, e.Stamp.Actor, e.Stamp.ActionId));
        var parked = history.Parked.Select(row => row.ActionId).OfType<Guid>().ToHashSet();
        foreach (var entry in ledger)
        {
            if (entry.AcceptedAt is not null && !stored.Contains((entry.Hunt, entry.Actor, entry.Action.ActionId)) && !parked.Contains(entry.Action.ActionId))
                Broken(Promise.NothingLost, entry.Hunt, $"{entry} was accepted and is neither an event nor parked.");
            if (entry.Complaint is { } why) Broken(Promise.ClientsServed, entry.Hunt, $"{entry}: {why}");
        }
        foreach (var same in stored)
        {
            if (same.Count() > 1)
                Broken(Promise.NothingDoubled, same.Key.Hunt, $"action {same.Key.ActionId} of {same.Key.Actor} is stored {same.Count()} times, at {string.Join(", ", same.Select(e => e.Version))}.");
            var first = same.First();
            if (!_sent.TryGetValue(first.Id, out var entry))
                Broken(Promise.NothingInvented, first.Hunt, $"version {first.Version}: nobody sent action {same.Key.ActionId} of {same.Key.Actor} with event id {first.Id}.");
            else if (first.Stamp.Fingerprint != ActionSeal.Fingerprint(entry.Action, seal))
                Broken(Promise.NothingInvented, first.Hunt, $"version {first.Version}: {entry} has another body than it was sent with.");
        }
    }

    private void Stream(string hunt, IReadOnlyList<StoredEvent> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Version == i + 1) continue;
            Broken(Promise.StreamsWhole, hunt, $"version {i + 1} is missing: {events[i].Version} stands in its place.");
            return; // a fold past a gap says nothing
        }
        if (history.StreamVersions.GetValueOrDefault(hunt) != events.Count)
            Broken(Promise.StreamsWhole, hunt, $"it has {events.Count} events, its stream row says {history.StreamVersions.GetValueOrDefault(hunt)}.");
        Redecision.Check(hunt, events, _sent, seal, (promise, detail) => Broken(promise, hunt, detail));
    }

    private void Finds(string hunt, IReadOnlyList<StoredEvent> events)
    {
        var copies = new Dictionary<string, int>();
        foreach (var published in events.Select(e => e.Fact).OfType<HuntPublished>())
            foreach (var treasure in published.Definition.Treasures)
                if (treasure.Copies is { } count) copies[treasure.Id] = count;

        var finders = new Dictionary<string, List<string>>();
        foreach (var stored in events)
        {
            if (stored.Fact is not TreasureFound found) continue;
            if (!finders.TryGetValue(found.Treasure, out var teams)) finders[found.Treasure] = teams = [];
            if (teams.Contains(found.Team)) Broken(Promise.FindsUnique, hunt, $"version {stored.Version}: {found.Team} finds {found.Treasure} again.");
            teams.Add(found.Team);
            if (found.Ordinal != teams.Count)
                Broken(Promise.FindersCounted, hunt, $"version {stored.Version}: {found.Team} is finder {teams.Count} of {found.Treasure} and is numbered {found.Ordinal}.");
            if (copies.TryGetValue(found.Treasure, out var limit) && teams.Count > limit)
                Broken(Promise.CopiesKept, hunt, $"version {stored.Version}: {found.Treasure} has {limit} copies and {teams.Count} finders.");
        }
    }

    /// <summary>
    /// An action that was accepted before another of the same player was sent for the first time stands before it; the
    /// actions of one array stand in its order. What was under way at once may stand either way.
    /// </summary>
    private void Order()
    {
        var players = history.Events.Where(stored => _sent.ContainsKey(stored.Id)).ToLookup(stored => (stored.Hunt, stored.Stamp.Actor));
        foreach (var player in players)
        {
            var actions = player.OrderBy(stored => stored.Version).Select(stored => _sent[stored.Id]).ToList();
            LedgerEntry? soonest = null; // of those that stand later in the stream, the one that was accepted first
            for (var i = actions.Count - 1; i >= 0; i--)
            {
                if (soonest is not null && soonest.AcceptedAt < actions[i].FirstSentAt)
                    Broken(Promise.OrderKept, player.Key.Hunt, $"{soonest} was accepted before {actions[i]} was sent, and stands after it.");
                if (actions[i].AcceptedAt is { } at && (soonest is null || at < soonest.AcceptedAt)) soonest = actions[i];
            }
            foreach (var request in actions.GroupBy(entry => entry.Request))
            {
                foreach (var (before, after) in request.Zip(request.Skip(1)))
                    if (before.Position >= after.Position) Broken(Promise.OrderKept, player.Key.Hunt, $"{after} was sent in one array before {before}, and stands after it.");
            }
        }
    }

    private void Outcomes()
    {
        var stored = history.Events.DistinctBy(e => e.Id).ToDictionary(e => e.Id);
        foreach (var entry in ledger)
        {
            if (entry.Reply is not { IsDecided: true } told) continue;
            if (stored.TryGetValue(entry.EventId, out var there))
            {
                if (Told.Of(there) is var truth && truth != told)
                    Broken(Promise.OutcomesTrue, entry.Hunt, $"{entry} was told {told}, stored is {truth}.");
            }
            else if (told.Status != "parked")
            {
                Broken(Promise.OutcomesTrue, entry.Hunt, $"{entry} was told {told}, nothing is stored.");
            }
        }
    }

    private void Broken(Promise promise, string hunt, string detail) => _violations.Add(new Violation(promise, hunt, detail));
}
