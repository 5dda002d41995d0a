using System.Globalization;
using TreasureHunt.Contracts.Views;
using TreasureHunt.Ingress.Http;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Views;

/// <summary>GET /hunts, /hunts/{hunt}, /hunts/{hunt}/board and /hunts/{hunt}/teams/{team}.</summary>
internal static class ViewEndpoints
{
    public const int DefaultRows = 50, MaxRows = 10_000, MaxHuntsPerPage = 100;

    public static void MapViews(this IEndpointRouteBuilder app)
    {
        var views = app.ServiceProvider.GetRequiredService<HuntViews>();
        var names = app.ServiceProvider.GetRequiredService<TeamNames>();
        var facts = app.ServiceProvider.GetRequiredService<FactReader>();

        app.MapGet("/hunts", (HttpContext context, string? after, string? limit) => HuntsAsync(context, after, limit, views, facts))
            .RequireAuthorization(Policies.Analyse)
            .WithName("listHunts").WithTags("Hunts").WithSummary("The published hunts the token is good for, by slug")
            .Produces<HuntsReply>().ProducesProblems(400, 401, 403, 503);

        app.MapGet("/hunts/{hunt}", (HttpContext context, string hunt) => HuntAsync(context, hunt, views))
            .RequireAuthorization(Policies.Read).WithMetadata(Shed.OnlyLooks)
            .WithName("getHunt").WithTags("Hunts").WithSummary("What anybody may know of a hunt")
            .Produces<HuntReply>().ProducesProblems(401, 403, 404, 412, 503);

        app.MapGet("/hunts/{hunt}/board", (HttpContext context, string hunt, string? top, string? around, string? live) =>
                BoardAsync(context, hunt, top, around, live, views, names))
            .RequireAuthorization(Policies.Read).WithMetadata(Shed.OnlyLooks)
            .WithName("getBoard").WithTags("Hunts").WithSummary("The standings: the first, or those around a team")
            .Produces<BoardReply>().ProducesProblems(400, 401, 403, 404, 412, 503);

        app.MapGet("/hunts/{hunt}/teams/{team}", (HttpContext context, string hunt, string team) => TeamAsync(context, hunt, team, views, names))
            .RequireAuthorization(Policies.Read).WithMetadata(Shed.OnlyLooks)
            .WithName("getTeam").WithTags("Hunts").WithSummary("A team's line; for its own players its page with clues and hints")
            .Produces<TeamReply>().ProducesProblems(401, 403, 404, 412, 503);
    }

    private static async Task HuntsAsync(HttpContext context, string? after, string? limit, HuntViews views, FactReader facts)
    {
        var (size, wrong) = Query.Whole("limit", limit, 1, MaxHuntsPerPage, MaxHuntsPerPage);
        if (wrong is not null)
        {
            await wrong.WriteAsync(context);
            return;
        }
        var caller = Caller.Of(context.User)!;
        try
        {
            var slugs = caller.MayEnterAll ? await facts.HuntsAsync(after ?? "", size + 1, context.RequestAborted) : [caller.HuntScope];
            var hunts = new List<HuntReply>();
            foreach (var slug in slugs.Take(size))
            {
                var (keeper, problem) = await views.GetAsync(slug, context.RequestAborted);
                if (keeper is not null) hunts.Add(keeper.Read((view, _, now) => Of(view, now)));
                else if (problem!.Status != 404) // a stream that is not published is no hunt yet
                {
                    await problem.WriteAsync(context);
                    return;
                }
            }
            await Reply.WriteAsync(context, 200, new HuntsReply(hunts, slugs.Count > size ? slugs[size - 1] : null), ReplyJson.Default.HuntsReply);
        }
        catch (Npgsql.NpgsqlException)
        {
            await Actions.AcceptanceProblems.StoreAway().WriteAsync(context);
        }
    }

    private static async Task HuntAsync(HttpContext context, string hunt, HuntViews views)
    {
        if (await ReachedAsync(context, hunt, views) is not var (keeper, _)) return;
        var reply = keeper.Read((view, _, now) => Of(view, now));
        await Reply.WriteAsync(context, 200, reply, ReplyJson.Default.HuntReply, reply.Version);
    }

    private static async Task BoardAsync(HttpContext context, string hunt, string? top, string? around, string? live, HuntViews views, TeamNames names)
    {
        var caller = Caller.Of(context.User)!;
        var (count, badTop) = Query.Whole("top", top, 1, MaxRows, DefaultRows);
        var (isLive, badLive) = Query.Flag("live", live);
        if ((badTop ?? badLive ?? (isLive && !caller.IsOrganiser ? LiveIsForOrganisers() : null)) is { } wrong)
        {
            await wrong.WriteAsync(context);
            return;
        }
        if (await ReachedAsync(context, hunt, views) is not var (keeper, atLeast)) return;

        if (keeper.Board(isLive, atLeast, count, around) is not { } board)
        {
            await TeamUnknown(around!).WriteAsync(context);
            return;
        }
        var rows = board.Rows;
        var named = await names.OfAsync(hunt, [.. rows.Select(row => row.Team)], context.RequestAborted);
        var lines = new BoardLine[rows.Count];
        for (var i = 0; i < lines.Length; i++)
        {
            var row = rows[i];
            lines[i] = new BoardLine(row.Rank, row.Team, row.Points, row.Solved, row.PenaltyMinutes, row.LastFindAt, named.GetValueOrDefault(row.Team));
        }
        var reply = keeper.Read((view, _, now) => new BoardReply(
            hunt, view.Life.Definition!.Title, board.Version, now, view.Life.PhaseAt(now), view.Life.Definition.Ranking,
            view.Life.IsFrozen(now), isLive, board.Teams, lines, view.Life.FreezeAt));
        await Reply.WriteAsync(context, 200, reply, ReplyJson.Default.BoardReply, board.Version);
    }

    private static async Task TeamAsync(HttpContext context, string hunt, string team, HuntViews views, TeamNames names)
    {
        if (await ReachedAsync(context, hunt, views) is not var (keeper, atLeast)) return;
        var caller = Caller.Of(context.User)!;
        var row = keeper.Board(caller.IsOrganiser, atLeast, count: 1, around: team)?.Rows[0];
        var reply = keeper.Read((view, pages, now) =>
        {
            var full = caller.IsOrganiser || caller.IsService || (caller.IsPlayer && pages.TeamOf(caller.Subject) == team);
            return TeamPage.Of(view, pages, now, team, row, full, live: caller.IsOrganiser);
        });
        if (reply is null)
        {
            await TeamUnknown(team).WriteAsync(context);
            return;
        }
        var named = await names.OfAsync(hunt, [team], context.RequestAborted);
        await Reply.WriteAsync(context, 200, reply with { Name = named.GetValueOrDefault(team) }, ReplyJson.Default.TeamReply, reply.Version);
    }

    /// <summary>The hunt's view, at the version the request asks for; null: the answer has been written.</summary>
    private static async ValueTask<(ViewKeeper Keeper, long AtLeast)?> ReachedAsync(HttpContext context, string hunt, HuntViews views)
    {
        var (wanted, wrong) = RequestHeaders.IfHuntVersion(context.Request);
        if (wrong is null) return await ReachedAsync(context, hunt, wanted, views);
        await wrong.WriteAsync(context);
        return null;
    }

    /// <param name="wanted">null: as it is</param>
    /// <inheritdoc cref="ReachedAsync(HttpContext, string, HuntViews)"/>
    public static async ValueTask<(ViewKeeper Keeper, long AtLeast)?> ReachedAsync(HttpContext context, string hunt, long? wanted, HuntViews views)
    {
        var (keeper, problem) = await views.GetAsync(hunt, context.RequestAborted);
        if (keeper is null)
        {
            await problem!.WriteAsync(context);
            return null;
        }
        if (wanted is not { } version || await keeper.ReachAsync(version, RequestHeaders.MaxVersionWait, views.Epoch, context.RequestAborted))
            return (keeper, wanted ?? 0);
        var has = keeper.Read((view, _, _) => view.Version);
        context.Response.Headers[Reply.VersionHeader] = has.ToString(CultureInfo.InvariantCulture);
        await Problem.Of(412, ProblemTypes.VersionNotReached, "Version not reached",
            $"The view is at version {has} and did not reach {version} in {RequestHeaders.MaxVersionWait.TotalSeconds} s. Ask again, or for an earlier one.")
            .Later(1).WriteAsync(context);
        return null;
    }

    private static HuntReply Of(HuntView view, DateTimeOffset now)
    {
        var (life, definition) = (view.Life, view.Life.Definition!);
        return new HuntReply(
            view.Hunt, definition.Title, view.Version, now, life.PhaseAt(now), life.Opens, life.Closes, life.IsFrozen(now),
            definition.Ranking, definition.Clock, definition.Treasures.Count, view.Public.Teams.Count, life.FreezeAt);
    }

    public static Problem LiveIsForOrganisers() => Problem.Of(403, ProblemTypes.RoleMissing, "Role missing",
        "What happens behind a frozen board is for organisers.", new FieldError("live", "It is true.", $"Leave it out, or use a token with the role {Role.Organiser}."));

    private static Problem TeamUnknown(string team) => Problem.Of(404, ProblemTypes.TeamUnknown, "Unknown team",
        $"There is no team '{(team.Length <= 64 ? team : team[..64] + "…")}' on this hunt's board.");
}
