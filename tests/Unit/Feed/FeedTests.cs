using System.Buffers;
using System.Net.ServerSentEvents;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Feed;

namespace TreasureHunt.Tests.Unit.Feed;

public class FeedTests
{
    private static VersionedFact Found(long version) =>
        new(version, new TreasureFound($"team-{version}", "clock", 1, 0, "m", 10)
        {
            Stamp = new Stamp(DateTimeOffset.UnixEpoch, Guid.Empty, "ada", "f", 1, 1, "ingress", "test"),
        });

    [Theory]
    [InlineData("0")]
    [InlineData("15")]
    [InlineData("15.12")]
    [InlineData("9223372036854775807.9223372036854775806")]
    public void A_place_is_read_as_it_was_written(string text)
    {
        Assert.True(FeedPosition.TryParse(text, out var position));
        Assert.Equal(text, position.ToString());
        var bytes = new byte[FeedPosition.MaxLength];
        Assert.Equal(text, System.Text.Encoding.UTF8.GetString(bytes, 0, position.Write(bytes)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData(" 1")]
    [InlineData("1.")]
    [InlineData(".1")]
    [InlineData("12.12")]
    [InlineData("12.15")]
    [InlineData("1.2.3")]
    [InlineData("92233720368547758070")]
    public void Anything_else_is_no_place(string text) => Assert.False(FeedPosition.TryParse(text, out _));

    [Fact]
    public void A_freeze_holds_from_the_first_fact_the_board_does_not_show_until_the_thaw()
    {
        var freezes = Freezes.None;
        for (var version = 1; version <= 20; version++) freezes = freezes.After(version, standsStill: version is >= 5 and < 8 or >= 12 and < 14 or >= 20);
        Assert.Equal([5, 6, 7, 12, 13, 20, 21], Enumerable.Range(1, 21).Where(version => freezes.Hold(version)));
        Assert.Equal([(8, 5), (14, 12)], Enumerable.Range(1, 21).Where(v => freezes.ReleasedBy(v) is not null).Select(v => (v, (int)freezes.ReleasedBy(v)!)));
    }

    [Fact]
    public void The_log_goes_on_after_any_version_it_keeps_and_says_when_it_has_forgotten()
    {
        var log = new FeedLog(start: 10);
        Assert.Null(log.PartAfter(9));
        var kept = FeedLog.MaxEntriesKept;
        for (var version = 11; version <= 10 + 4 * kept; version++)
        {
            if (version % 3 == 0) log.Add(FeedEntry.Of(Found(version), Freezes.None)!); // the others are nothing for a feed
            log.Reach(version);
        }
        Assert.Null(log.PartAfter(11));
        for (var i = 2 * kept; i < 4 * kept; i += 500) Assert.Equal(log.UpTo, GoThrough(log, 10 + i));

        static long GoThrough(FeedLog log, long after)
        {
            for (var next = after / 3 * 3 + 3; log.PartAfter(after) is { } part; after = part.UpTo)
            {
                if (part.UpTo == after) return after;
                foreach (var entry in part.Entries.ToArray())
                {
                    Assert.Equal(next, entry.Version);
                    next += 3;
                }
            }
            return -1;
        }
    }

    [Fact]
    public async Task Whoever_waits_for_more_is_woken_by_what_can_be_seen()
    {
        var log = new FeedLog(start: 0);
        var more = log.More;
        log.Add(FeedEntry.Of(Found(1), Freezes.None)!);
        Assert.False(more.IsCompleted);
        log.Reach(1);
        await more;
        Assert.False(log.More.IsCompleted);
    }

    [Fact]
    public async Task A_heartbeat_is_no_event_and_moves_the_place_on()
    {
        var text = new ArrayBufferWriter<byte>();
        FeedText.Begin(text, new FeedPosition(7), TimeSpan.FromSeconds(2), new FeedReady("old-town", 9));
        FeedText.Event(text, new FeedPosition(8), FeedEntry.Of(Found(8), Freezes.None)!);
        FeedText.Heartbeat(text, new FeedPosition(12, 10));
        var feed = SseParser.Create(new MemoryStream(text.WrittenSpan.ToArray()));
        var told = new List<string>();
        await foreach (var item in feed.EnumerateAsync()) told.Add($"{item.EventId} {item.EventType} {item.Data}");
        Assert.Equal(
            [
                """7 ready {"hunt":"old-town","version":9}""",
                """8 treasure-found {"version":8,"at":"1970-01-01T00:00:00+00:00","fact":"treasure-found","team":"team-8","treasure":"clock","ordinal":1,"points":10,"bonus":0}""",
            ], told);
        Assert.Equal("12.10", feed.LastEventId);
        Assert.Equal(TimeSpan.FromSeconds(2), feed.ReconnectionInterval);
    }
}
