using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>Who may call what: every route of the ingress times every role. A new route fails here until it is decided.</summary>
public sealed class RoleTests(WholeEngine engine) : IClassFixture<WholeEngine>
{
    private const string Hunt = "roles";

    private static readonly string[] Everybody = [.. Role.All];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["POST /hunts/{hunt}/actions"] = [Role.Player, Role.Organiser, Role.Service],
        ["GET /hunts/{hunt}/actions/{actionId:guid}"] = [Role.Player, Role.Organiser, Role.Service],
        ["PUT /hunts/{hunt}"] = [Role.Organiser],
        ["POST /hunts/{hunt}/open"] = [Role.Organiser],
        ["POST /hunts/{hunt}/close"] = [Role.Organiser],
        ["POST /hunts/{hunt}/pause"] = [Role.Organiser],
        ["POST /hunts/{hunt}/resume"] = [Role.Organiser],
        ["POST /hunts/{hunt}/freeze"] = [Role.Organiser],
        ["POST /hunts/{hunt}/thaw"] = [Role.Organiser],
        ["GET /hunts"] = [Role.Analyst, Role.Organiser, Role.Operator],
        ["GET /hunts/{hunt}"] = Everybody,
        ["GET /hunts/{hunt}/board"] = Everybody,
        ["GET /hunts/{hunt}/teams/{team}"] = Everybody,
        ["GET /hunts/{hunt}/feed"] = Everybody,
        ["GET /hunts/{hunt}/actions/{actionId:guid}/trace"] = Everybody,
        ["GET /actions/{actionId:guid}/trace"] = [Role.Operator],
        ["GET /status"] = [Role.Operator],
    };

    private static readonly string[] Anonymous = ["/health/live", "/health/ready", "/openapi/{documentName}.json"];

    private List<(string Method, string Route, bool Open)> Routes()
    {
        var source = engine.Ingress.App.Services.GetRequiredService<EndpointDataSource>();
        return [.. source.Endpoints.OfType<RouteEndpoint>().SelectMany(endpoint =>
            (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method =>
                (method, endpoint.RoutePattern.RawText!, endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)))];
    }

    [Fact]
    public void Every_route_is_decided_and_only_the_named_ones_need_no_token()
    {
        var routes = Routes();
        Assert.Equal(Allowed.Keys.Order(), routes.Where(r => !r.Open).Select(r => $"{r.Method} {r.Route}").Order());
        Assert.Equal(Anonymous.Order(), routes.Where(r => r.Open).Select(r => r.Route).Distinct().Order());
    }

    [Fact]
    public async Task A_role_gets_through_exactly_where_it_may()
    {
        await engine.PublishAsync(Published.Definition(Hunt));
        var wrong = new List<string>();
        foreach (var (method, route, _) in Routes().Where(r => !r.Open))
        {
            var path = route.Replace("{hunt}", Hunt).Replace("{actionId:guid}", Guid.CreateVersion7().ToString()).Replace("{team}", "red");
            foreach (var role in Everybody.Append("nobody"))
            {
                var token = role == "nobody" ? null : engine.Ingress.Token("somebody", role);
                using var answer = await engine.Ingress.OpenAsync(new HttpMethod(method), path, method == "GET" ? null : "[]", token); // a feed has no end
                var got = answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
                if (got != Allowed[$"{method} {route}"].Contains(role)) wrong.Add($"{method} {route} as {role}: {(int)answer.StatusCode}");
            }
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_token_of_another_hunt_gets_nowhere_in_this_one()
    {
        await engine.PublishAsync(Published.Definition("roles-other"));
        var token = engine.Ingress.Token("somebody", "elsewhere", Everybody);
        foreach (var (method, route, _) in Routes().Where(r => r.Route.Contains("{hunt}")))
        {
            var path = route.Replace("{hunt}", "roles-other").Replace("{actionId:guid}", Guid.CreateVersion7().ToString()).Replace("{team}", "red");
            var answer = await engine.Ingress.SendAsync(new HttpMethod(method), path, method == "GET" ? null : "[]", token);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {route}: {(int)answer.StatusCode}");
        }
    }
}
