using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using TreasureHunt.Ingress.Http;

namespace TreasureHunt.Ingress.Feed;

/// <summary>
/// One open feed. While its client does not read, it waits here and holds up nobody: what it misses stays in the log and in the store. Then it goes on
/// there, or is cut off.
/// </summary>
internal sealed class FeedConnection(HttpContext context, HuntFeed feed, FeedCursor cursor, HuntFeeds feeds, TimeProvider clock)
{
    private readonly PipeWriter _output = context.Response.BodyWriter;
    private bool _wasLive;
    private long _wroteAt;

    /// <summary>Until the client goes, the token expires or the process stops.</summary>
    public async Task RunAsync(FeedPosition from, DateTimeOffset expires, CancellationToken ending)
    {
        Begin();
        FeedText.Begin(_output, from, FeedEndpoint.ComeBackAfter, new FeedReady(feed.Hunt, feed.UpTo));
        await FlushAsync(ending);
        while (clock.GetUtcNow() < expires)
        {
            var more = feed.More;
            while (cursor.IsBehind && clock.GetUtcNow() < expires)
            {
                var step = await cursor.StepAsync(_output, ending);
                if (step.FromStore && _wasLive) feeds.LeftBehind();
                _wasLive = !step.FromStore;
                if (!step.Wrote) continue;
                await FlushAsync(ending);
                if (step.LiveSince is { } since) feeds.Wrote(since);
            }
            var silence = clock.GetElapsedTime(_wroteAt); // also when much happens that this client does not hear
            if (silence < FeedEndpoint.HeartbeatEvery)
            {
                await more.WaitAsync(FeedEndpoint.HeartbeatEvery - silence, clock, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ending.ThrowIfCancellationRequested();
                if (more.IsCompleted) continue;
            }
            FeedText.Heartbeat(_output, cursor.Position);
            await FlushAsync(ending);
        }
    }

    private void Begin()
    {
        var response = context.Response;
        response.ContentType = FeedText.ContentType;
        response.Headers.CacheControl = "no-cache,no-store";
        response.Headers[Reply.VersionHeader] = feed.UpTo.ToString(System.Globalization.CultureInfo.InvariantCulture);
        // One rule for those who do not read, and it is ours.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        // The system would take megabytes of what nobody reads.
        if (context.Features.Get<IConnectionSocketFeature>() is { } connection) connection.Socket.SendBufferSize = FeedEndpoint.MaxSendBufferBytes;
    }

    private async ValueTask FlushAsync(CancellationToken ending)
    {
        _wroteAt = clock.GetTimestamp();
        var flush = _output.FlushAsync(ending);
        if (flush.IsCompletedSuccessfully) return;
        try
        {
            await flush.AsTask().WaitAsync(FeedEndpoint.MaxWrite, clock, ending);
        }
        catch (TimeoutException)
        {
            feeds.CutOff();
            context.Abort();
            throw new OperationCanceledException("The client does not read.");
        }
    }
}
