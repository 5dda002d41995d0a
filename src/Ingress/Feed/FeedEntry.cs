using System.Buffers;
using System.Text;
using System.Text.Json;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Http;

namespace TreasureHunt.Ingress.Feed;

/// <summary>
/// A fact encoded once for all who may hear it, and what must be known to tell who that is. Hunts tell everybody what they do, and who
/// came and who found what; wrong guesses, hints and joining are between a team and the organisers. Immutable.
/// </summary>
public sealed class FeedEntry
{
    private FeedEntry(long version, DateTimeOffset at, byte[] body) => (Version, At, Body) = (version, at, body);

    public long Version { get; }
    public DateTimeOffset At { get; }

    /// <summary>The event but for its id, which says where in whose feed it stands.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Null: of the hunt itself, for everybody at once.</summary>
    public string? Team { get; private init; }

    /// <summary>Who came into the team by it.</summary>
    public string? Player { get; private init; }

    /// <summary>For the team and the organisers alone.</summary>
    public bool TeamOnly { get; private init; }

    /// <summary>Decided while the board stood still: others than the team and organisers on the live board hear it with the thaw.</summary>
    public bool HeldBack { get; private init; }

    /// <summary>Of a thaw: the first version that had been held back.</summary>
    public long? Releases { get; private init; }

    /// <param name="freezes">folded at least up to the fact</param>
    /// <returns>null: no feed tells it</returns>
    public static FeedEntry? Of(VersionedFact stored, Freezes freezes)
    {
        if (!stored.Fact.ChangesViews) return null;
        var told = FeedFact.Of(stored);
        return new FeedEntry(stored.Version, told.At, Encode(told.Fact, told))
        {
            Team = told.Team,
            Player = (stored.Fact as TeamRegistered)?.Player ?? (stored.Fact as TeamJoined)?.Player,
            TeamOnly = stored.Fact is TeamJoined or AnswerWrong or HintTaken,
            HeldBack = told.Team is not null && freezes.Hold(stored.Version),
            Releases = stored.Fact is BoardThawed ? freezes.ReleasedBy(stored.Version) : null,
        };
    }

    /// <summary>Type and data of an event. JSON has no line breaks of its own, so it is one line of data.</summary>
    private static byte[] Encode(string type, FeedFact told)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        bytes.Write("event: "u8);
        bytes.Write(Encoding.UTF8.GetBytes(type));
        bytes.Write("\ndata: "u8);
        using (var json = new Utf8JsonWriter(bytes)) JsonSerializer.Serialize(json, told, ReplyJson.Default.FeedFact);
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }
}
