using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TreasureHunt.Ingress.Http;

namespace TreasureHunt.Ingress.Feed;

/// <summary>
/// How a feed is written: Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html). By hand, for the framework's formatter encodes every
/// event for every client anew and knows no comments.
/// </summary>
public static class FeedText
{
    public const string ContentType = "text/event-stream";

    /// <summary>Type of the first event.</summary>
    public const string Ready = "ready";

    /// <summary>The id comes last: some parsers take it for the client's place as soon as they see it, also when the event is cut off after it.</summary>
    public static void Event(IBufferWriter<byte> to, FeedPosition position, FeedEntry entry)
    {
        to.Write(entry.Body.Span);
        Id(to, position);
        to.Write("\n"u8);
    }

    /// <summary>What a client hears at once: when to come back after a loss, and where it stands.</summary>
    public static void Begin(IBufferWriter<byte> to, FeedPosition position, TimeSpan comeBackAfter, FeedReady ready)
    {
        to.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"retry: {(long)comeBackAfter.TotalMilliseconds}\n")));
        Id(to, position);
        to.Write(Encoding.UTF8.GetBytes($"event: {Ready}\ndata: "));
        to.Write(JsonSerializer.SerializeToUtf8Bytes(ready, ReplyJson.Default.FeedReady));
        to.Write("\n\n"u8);
    }

    /// <summary>Says that the connection lives. An id without data moves the client's place on and is no event.</summary>
    public static void Heartbeat(IBufferWriter<byte> to, FeedPosition position)
    {
        to.Write(":\n"u8);
        Id(to, position);
        to.Write("\n"u8);
    }

    private static void Id(IBufferWriter<byte> to, FeedPosition position)
    {
        var line = to.GetSpan(FeedPosition.MaxLength + 5);
        "id: "u8.CopyTo(line);
        var length = 4 + position.Write(line[4..]);
        line[length++] = (byte)'\n';
        to.Advance(length);
    }
}
