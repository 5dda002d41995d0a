using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Faults.Checks;
using TreasureHunt.Tests.Faults.Clients;

namespace TreasureHunt.Tests.Faults.Fleets;

/// <summary>The end of a fault test: everything read, everything held against everything.</summary>
public sealed record Report(History History, IReadOnlyList<Violation> Violations)
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(60), AskLimit = TimeSpan.FromSeconds(10);

    /// <summary>Actions whose outcome was not waited for and is asked for afterwards, at most.</summary>
    private const int MaxAsked = 200;

    /// <summary>The load has stopped. Waits until all that was accepted is stored, then checks it.</summary>
    public static async Task<Report> OfAsync(RunningFleet fleet, IngressClient client)
    {
        var ledger = client.Ledger;
        await fleet.StoredAsync(ledger, DrainLimit);
        var silent = ledger.Entries.Where(entry => entry is { AcceptedAt: not null, Reply: null, Actor: not IngressClient.Organiser }).ToList();
        await Parallel.ForEachAsync(silent.Where((_, i) => i % (silent.Count / MaxAsked + 1) == 0), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (entry, _) => await client.AskAsync(entry, AskLimit));

        using var seal = new Seal(fleet.Options.SealKeyId, fleet.Options.SealKey);
        var history = await History.ReadAsync(fleet.Data, ledger.Hunts);
        var violations = Checker.Check(history, ledger.Entries, seal).ToList();
        foreach (var stream in history.Events.ToLookup(stored => stored.Hunt))
            if (!violations.Exists(violation => violation.Hunt == stream.Key && violation.Promise == Promise.StreamsWhole))
                violations.AddRange(await BoardsAsync(fleet, client, stream.Key, [.. stream]));
        return new Report(history, violations);
    }

    /// <summary>The state a processor would begin with (checkpoint and tail) and the public board are those of the fold of all events.</summary>
    private static async Task<IEnumerable<Violation>> BoardsAsync(RunningFleet fleet, IngressClient client, string hunt, IReadOnlyList<StoredEvent> events)
    {
        var folded = Redecision.Fold(hunt, events);
        var loaded = await new Checkpoints(fleet.Data, NullLogger.Instance).ReadAsync(hunt, default) ?? new Hunt(hunt);
        var from = loaded.Version;
        await foreach (var (version, fact) in new FactReader(fleet.Data).ReadAsync(hunt, from)) loaded.Evolve(version, fact);

        var violations = new List<Violation>();
        if (!loaded.Standings.Rank().SequenceEqual(folded.Standings.Rank()))
            violations.Add(new Violation(Promise.BoardsEqual, hunt, $"the board from the checkpoint at {from} and its tail is not that of all {events.Count} events."));
        else if (!HuntCheckpoint.Write(loaded).Span.SequenceEqual(HuntCheckpoint.Write(folded).Span))
            violations.Add(new Violation(Promise.BoardsEqual, hunt, $"the state from the checkpoint at {from} and its tail is not that of all {events.Count} events."));
        var (boardVersion, rows) = await client.BoardAsync(hunt, events.Count);
        if (boardVersion != events.Count || !rows.SequenceEqual(folded.Standings.Rank()))
            violations.Add(new Violation(Promise.BoardsEqual, hunt, $"the public board at version {boardVersion} is not that of all {events.Count} events."));
        return violations;
    }

    public override string ToString() =>
        $"{History.Events.Count} events, {History.Parked.Count} parked, {Violations.Count} promises broken"
        + string.Concat(History.Parked.CountBy(row => (row.Source, row.Cause)).Select(row => $"\n  parked {row.Value} times from {row.Key.Source}: {row.Key.Cause}"))
        + string.Concat(Violations.Take(Checker.MaxListed).Select(violation => $"\n  {violation}"))
        + string.Concat(Violations.Count > Checker.MaxListed ? [$"\n  … by promise: {string.Join(", ", Violations.CountBy(v => v.Promise).Select(p => $"{p.Key} {p.Value}"))}"] : Array.Empty<string>());
}
