using Npgsql;
using TreasureHunt.Ingress.Http;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Feed;

/// <summary>GET /hunts/{hunt}/feed: what happens in a hunt, as it happens.</summary>
internal static class FeedEndpoint
{
    public static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15), ComeBackAfter = TimeSpan.FromSeconds(2);

    /// <summary>A client that takes nothing for this long is cut off; its place is not lost.</summary>
    public static readonly TimeSpan MaxWrite = TimeSpan.FromSeconds(10);

    /// <summary>Of a connection's socket, beside the server's own 64 KiB.</summary>
    public const int MaxSendBufferBytes = 64 * 1024;

    public static void MapFeed(this IEndpointRouteBuilder app)
    {
        var services = app.ServiceProvider;
        var (views, feeds) = (services.GetRequiredService<HuntViews>(), services.GetRequiredService<HuntFeeds>());
        var (clock, life) = (services.GetRequiredService<TimeProvider>(), services.GetRequiredService<IHostApplicationLifetime>());

        app.MapGet("/hunts/{hunt}/feed", async (HttpContext context, string hunt, string? after, string? live) =>
            {
                var (asked, wrong) = Read(context.Request, after, live, Caller.Of(context.User)!);
                if (wrong is not null) await wrong.WriteAsync(context);
                else await OpenAsync(context, hunt, asked, views, feeds, clock, life.ApplicationStopping);
            })
            .RequireAuthorization(Policies.Read)
            .WithName("getFeed").WithTags("Hunts").WithSummary("What happens in the hunt, as it happens: Server-Sent Events")
            .WithDescription(
                "Everybody hears what the hunt does, which teams come and what they find; players hear also the wrong guesses, hints and joins of their own team. "
                + "While the board is frozen the others' finds are held back and follow, in order, with the thaw. The first event is `ready`; the others are named "
                + "after their facts. Every event's id is a place in the feed: with Last-Event-ID (or ?after=) it goes on there, without gaps and without repeating; without, from now on. "
                + "Send the id of the last event that came whole.")
            .Produces<FeedFact>(200, FeedText.ContentType).ProducesProblems(400, 401, 403, 404, 412, 429, 503);
    }

    /// <param name="From">null: from now on</param>
    private readonly record struct Asked(FeedPosition? From, bool Live);

    private static (Asked Asked, Problem? Problem) Read(HttpRequest request, string? after, string? live, Caller caller)
    {
        var (isLive, badLive) = Query.Flag("live", live);
        if ((badLive ?? (isLive && !caller.IsOrganiser ? ViewEndpoints.LiveIsForOrganisers() : null)) is { } wrong) return (default, wrong);
        // A client that comes back sends its place in the header and still asks for the address it was given.
        var place = request.Headers["Last-Event-ID"] is { Count: > 0 } header ? header.ToString() : after;
        if (string.IsNullOrEmpty(place)) return (new Asked(null, isLive), null);
        return FeedPosition.TryParse(place, out var from) ? (new Asked(from, isLive), null) : (default, NoPlace());
    }

    private static async Task OpenAsync(
        HttpContext context, string hunt, Asked asked, HuntViews views, HuntFeeds feeds, TimeProvider clock, CancellationToken stopping)
    {
        if (await ViewEndpoints.ReachedAsync(context, hunt, asked.From?.Version, views) is not var (keeper, _)) return;
        if (asked.From is { HeldBack: { } own } inThaw && !(own >= keeper.Freezes.ReleasedBy(inThaw.Version) - 1))
        {
            await NoPlace().WriteAsync(context);
            return;
        }
        var caller = Caller.Of(context.User)!;
        var (feed, full) = feeds.Enter(caller, hunt, keeper);
        if (feed is null)
        {
            await full!.WriteAsync(context);
            return;
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            var from = asked.From ?? new FeedPosition(feed.UpTo);
            var cursor = new FeedCursor(feed, from, asked.Live, caller.IsPlayer ? caller.Subject : null);
            await new FeedConnection(context, feed, cursor, feeds, clock).RunAsync(from, caller.Expires, ending.Token);
        }
        catch (OperationCanceledException)
        {
            // the client has gone, or we go
        }
        catch (Exception e) when (e is NpgsqlException or UnknownFactException)
        {
            // The past cannot be read now. The connection ends; whoever was on it comes back to its place.
        }
        finally
        {
            feeds.Leave(caller, feed);
        }
    }

    private static Problem NoPlace() => Problem.Of(400, ProblemTypes.HeaderInvalid, "No place in this feed",
        "Last-Event-ID or ?after= is no id of an event of this feed.",
        new FieldError("Last-Event-ID", "It was not given out by this feed.", "Send the id of the last event, or leave it out to hear what happens from now on."));
}
