using System.Buffers.Text;
using System.Net.ServerSentEvents;
using System.Text;

namespace TreasureHunt.Tests.Benchmarks.Views;

/// <summary>A client of a feed that notes what it heard and when, and comes back to its place when it is cut off.</summary>
public sealed class FeedClient(IngressProcess ingress, HttpClient http, string hunt, string subject)
{
    private static readonly TimeSpan ComeBack = TimeSpan.FromMilliseconds(100);

    /// <summary>Versions in the order they came, and when. One writer; read when it rests.</summary>
    public List<(long Version, DateTimeOffset At)> Heard { get; } = [];

    public string Hunt => hunt;

    /// <summary>Version after which it heard everything.</summary>
    public long From { get; private set; } = -1;

    public int TimesBack { get; private set; }

    private long _last;

    public long Last => Volatile.Read(ref _last);

    /// <summary>Follows until it is stopped.</summary>
    /// <param name="connected">completes with the first connection</param>
    /// <param name="reads">the client reads nothing before this</param>
    public async Task FollowAsync(TaskCompletionSource connected, Task reads, TimeProvider time, CancellationToken stop)
    {
        var place = "";
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var request = ingress.Get($"/hunts/{hunt}/feed?live=true", subject);
                if (place.Length > 0) request.Headers.Add("Last-Event-ID", place);
                using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
                answer.EnsureSuccessStatusCode();
                var feed = SseParser.Create(await answer.Content.ReadAsStreamAsync(stop), Version);
                await using var events = feed.EnumerateAsync(stop).GetAsyncEnumerator(stop);
                if (!await events.MoveNextAsync()) throw new IOException("It ended before it began.");
                place = events.Current.EventId!;
                if (From < 0) From = events.Current.Data;
                connected.TrySetResult();
                await reads.WaitAsync(stop);
                while (await events.MoveNextAsync())
                {
                    place = events.Current.EventId!;
                    Heard.Add((events.Current.Data, time.GetUtcNow()));
                    Volatile.Write(ref _last, events.Current.Data);
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException && !stop.IsCancellationRequested)
            {
                // cut off
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            TimesBack++;
            await Task.Delay(ComeBack, time, CancellationToken.None);
        }
    }

    /// <summary>The number after "version": in every event's data.</summary>
    private static long Version(string type, ReadOnlySpan<byte> data)
    {
        var digits = data[(data.IndexOf("\"version\":"u8) + 10)..];
        return Utf8Parser.TryParse(digits, out long version, out _) ? version : throw new InvalidDataException($"{type} without a version: {Encoding.UTF8.GetString(data)}");
    }
}
