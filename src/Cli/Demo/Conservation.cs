using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// The senders' books against the stored stream: everything sent is stored exactly once, as what the sender was told;
/// nothing else is stored; versions have no gap.
/// </summary>
internal sealed record Conservation
{
    private const int MaxProblems = 20;

    public required int Sent { get; init; }
    public required long Sendings { get; init; }
    public required int Applied { get; init; }
    public required int Refused { get; init; }
    public required int Parked { get; init; }
    public required long Stored { get; init; }

    /// <summary>Sent and not stored, or never answered.</summary>
    public required int Lost { get; init; }

    /// <summary>Stored twice, or stored and never sent.</summary>
    public required int Doubled { get; init; }

    /// <summary>Stored as something else than the sender was told.</summary>
    public required int Contradicted { get; init; }
    public required IReadOnlyList<string> Problems { get; init; }

    public bool Holds => Problems.Count == 0 && Sent == Applied + Refused + Parked && Sent == Stored;

    /// <param name="stream">every stored fact of the hunt, in stream order</param>
    /// <param name="seen">called with each of them</param>
    public static async Task<Conservation> CheckAsync(Ledger ledger, IAsyncEnumerable<VersionedFact> stream, Action<VersionedFact> seen)
    {
        var books = ledger.Entries.ToDictionary(entry => (entry.Actor, entry.Action.ActionId));
        var stored = new HashSet<(string, Guid)>();
        var problems = new List<string>();
        var (doubled, contradicted, version) = (0, ledger.Contradictions.Count, 0L);
        problems.AddRange(ledger.Contradictions);
        await foreach (var fact in stream)
        {
            if (fact.Version != ++version) problems.Add($"version {fact.Version} follows {version - 1}");
            version = fact.Version;
            seen(fact);
            var stamp = fact.Fact.Stamp!;
            var key = (stamp.Actor, stamp.ActionId);
            if (!stored.Add(key) || !books.TryGetValue(key, out var entry))
            {
                doubled++;
                problems.Add($"version {version}: {stamp.Actor}'s {stamp.ActionId} is stored {(books.ContainsKey(key) ? "twice" : "and was never sent")}");
            }
            else if (entry.Reply is { } reply && (reply.Version != version || StatusOf(fact.Fact) != reply.Status))
            {
                contradicted++;
                problems.Add($"version {version} is {StatusOf(fact.Fact)}; {stamp.Actor} was told {reply.Status} at version {reply.Version}");
            }
        }
        var lost = books.Where(entry => !stored.Contains(entry.Key) || entry.Value.Reply is null).Select(entry => entry.Key).ToList();
        problems.AddRange(lost.Select(key => $"{key.Actor}'s {key.ActionId} is lost"));

        int Count(ReplyStatus status) => books.Values.Count(entry => entry.Reply?.Status == status);
        return new Conservation
        {
            Sent = books.Count, Sendings = ledger.Sendings,
            Applied = Count(ReplyStatus.Applied), Refused = Count(ReplyStatus.Refused), Parked = Count(ReplyStatus.Parked),
            Stored = version, Lost = lost.Count, Doubled = doubled, Contradicted = contradicted,
            Problems = [.. problems.Take(MaxProblems)],
        };
    }

    private static ReplyStatus StatusOf(HuntFact fact) => fact switch
    {
        ActionRefused => ReplyStatus.Refused,
        ActionParked => ReplyStatus.Parked,
        _ => ReplyStatus.Applied,
    };
}
