using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.ServiceDefaults.Auth;

/// <summary>
/// Policies by name. A route with {hunt} also needs a token whose scope holds that hunt; that is checked by each of them.
/// </summary>
public static class Policies
{
    /// <summary>Any known role.</summary>
    public const string Read = "read";

    /// <summary>player, organiser or service.</summary>
    public const string Act = "act";

    /// <summary>organiser.</summary>
    public const string Organise = "organise";

    /// <summary>operator, with the scope of all hunts: settings concern everybody.</summary>
    public const string Operate = "operate";

    /// <summary>analyst, organiser or operator.</summary>
    public const string Analyse = "analyse";
}

public static class HuntAuth
{
    private const string Scheme = "Bearer ";

    /// <summary>Bearer tokens and policies; every route that says nothing needs <see cref="Policies.Read"/>.</summary>
    public static void AddHuntAuth(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services =>
            new TokenValidator(services.GetRequiredService<HuntOptions>().TokenKey, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IAuthorizationHandler, AllowedHandler>();
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, Refusal>();
        var read = Policy(Role.Player, Role.Organiser, Role.Operator, Role.Analyst, Role.Service);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Read, read)
            .AddPolicy(Policies.Act, Policy(Role.Player, Role.Organiser, Role.Service))
            .AddPolicy(Policies.Organise, Policy(Role.Organiser))
            .AddPolicy(Policies.Operate, new AuthorizationPolicyBuilder().AddRequirements(new Allowed([Role.Operator], AllHunts: true)).Build())
            .AddPolicy(Policies.Analyse, Policy(Role.Analyst, Role.Organiser, Role.Operator))
            .SetFallbackPolicy(read);
    }

    /// <summary>
    /// Who asks, then whether they may. The framework's authentication is left out: it makes a handler, a logger and a ticket for every request, and all
    /// there is to do is to look a token up.
    /// </summary>
    public static void UseHuntAuth(this WebApplication app)
    {
        var tokens = app.Services.GetRequiredService<TokenValidator>();
        app.Use(next => context =>
        {
            var header = context.Request.Headers.Authorization.ToString();
            if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return next(context);
            var check = tokens.CheckAsync(header[Scheme.Length..].Trim());
            if (!check.IsCompletedSuccessfully) return CheckedAsync(check, next, context);
            Checked(check.Result, context);
            return next(context);
        });
        app.UseAuthorization();
    }

    private static async Task CheckedAsync(ValueTask<(Caller?, string?)> check, RequestDelegate next, HttpContext context)
    {
        Checked(await check, context);
        await next(context);
    }

    private static void Checked((Caller? Caller, string? Why) check, HttpContext context)
    {
        if (check.Caller is { } caller) context.User = caller.Principal;
        else context.Features.Set(new InvalidToken(check.Why!));
    }

    private static AuthorizationPolicy Policy(params string[] roles) => new AuthorizationPolicyBuilder().AddRequirements(new Allowed(roles, AllHunts: false)).Build();

    /// <summary>A token was given and is not good.</summary>
    private sealed record InvalidToken(string Why);

    /// <param name="Roles">one of them is needed</param>
    /// <param name="AllHunts">the token must be good for every hunt; else for the route's, if it has one</param>
    private sealed record Allowed(string[] Roles, bool AllHunts) : IAuthorizationRequirement;

    private sealed class AllowedHandler : AuthorizationHandler<Allowed>
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Allowed requirement)
        {
            if (Caller.Of(context.User) is not { } caller || !Array.Exists(requirement.Roles, caller.Has)) return Task.CompletedTask;
            var hunt = requirement.AllHunts ? null : (context.Resource as HttpContext)?.GetRouteValue("hunt") as string;
            if (requirement.AllHunts ? caller.MayEnterAll : hunt is null || caller.MayEnter(hunt)) context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }

    /// <summary>401 and 403 as problem details.</summary>
    private sealed class Refusal : IAuthorizationMiddlewareResultHandler
    {
        public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult result) =>
            result.Succeeded ? next(context)
            : Caller.Of(context.User) is { } caller ? Forbidden(caller, context).WriteAsync(context)
            : Unauthorized(context).WriteAsync(context);

        private static Problem Unauthorized(HttpContext context)
        {
            var invalid = context.Features.Get<InvalidToken>();
            var why = invalid?.Why ?? "This needs a token. Send the header Authorization: Bearer <token>.";
            context.Response.Headers.WWWAuthenticate = invalid is null ? "Bearer" : $"Bearer error=\"invalid_token\", error_description=\"{why}\"";
            return Problem.Of(StatusCodes.Status401Unauthorized, ProblemTypes.TokenInvalid, "No valid token", why);
        }

        private static Problem Forbidden(Caller caller, HttpContext context) =>
            context.GetRouteValue("hunt") is string hunt && !caller.MayEnter(hunt)
                ? Problem.Of(StatusCodes.Status403Forbidden, ProblemTypes.HuntOutOfScope, "Another hunt's token",
                    $"The token is good for hunt '{caller.HuntScope}', not for '{hunt}'. Use a token of this hunt.")
                : Problem.Of(StatusCodes.Status403Forbidden, ProblemTypes.RoleMissing, "Role missing",
                    "The token's roles or scope do not allow this. Use a token that has the role.");
    }
}
