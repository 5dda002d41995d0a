using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
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
    /// <summary>Bearer tokens and policies; every route that says nothing needs <see cref="Policies.Read"/>.</summary>
    public static void AddHuntAuth(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services =>
            new TokenValidator(services.GetRequiredService<HuntOptions>().TokenKey, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IAuthorizationHandler, ScopeHandler>();
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<TokenValidator>((bearer, validator) =>
        {
            bearer.TokenHandlers.Clear();
            bearer.TokenHandlers.Add(validator);
            bearer.MapInboundClaims = false;
            bearer.SaveToken = false;
            bearer.Events = new JwtBearerEvents { OnChallenge = Challenge, OnForbidden = Forbid };
        });
        var read = Policy(Role.Player, Role.Organiser, Role.Operator, Role.Analyst, Role.Service);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Read, read)
            .AddPolicy(Policies.Act, Policy(Role.Player, Role.Organiser, Role.Service))
            .AddPolicy(Policies.Organise, Policy(Role.Organiser))
            .AddPolicy(Policies.Operate, new AuthorizationPolicyBuilder().RequireRole(Role.Operator).AddRequirements(new Scope(AllHunts: true)).Build())
            .AddPolicy(Policies.Analyse, Policy(Role.Analyst, Role.Organiser, Role.Operator))
            .SetFallbackPolicy(read);
    }

    private static AuthorizationPolicy Policy(params string[] roles) =>
        new AuthorizationPolicyBuilder().RequireRole(roles).AddRequirements(new Scope(AllHunts: false)).Build();

    private static Task Challenge(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        var why = context.AuthenticateFailure is { } failure
            ? TokenValidator.Why(failure is AggregateException { InnerExceptions: [var only] } ? only : failure)
            : "This needs a token. Send the header Authorization: Bearer <token>.";
        context.Response.Headers.WWWAuthenticate = context.AuthenticateFailure is null
            ? "Bearer"
            : $"Bearer error=\"invalid_token\", error_description=\"{why}\"";
        return Problem.Of(StatusCodes.Status401Unauthorized, ProblemTypes.TokenInvalid, "No valid token", why).WriteAsync(context.HttpContext);
    }

    private static Task Forbid(ForbiddenContext context)
    {
        var caller = Caller.Of(context.HttpContext.User);
        var hunt = context.HttpContext.GetRouteValue("hunt") as string;
        var problem = caller is not null && hunt is not null && !caller.MayEnter(hunt)
            ? Problem.Of(StatusCodes.Status403Forbidden, ProblemTypes.HuntOutOfScope, "Another hunt's token",
                $"The token is good for hunt '{caller.HuntScope}', not for '{hunt}'. Use a token of this hunt.")
            : Problem.Of(StatusCodes.Status403Forbidden, ProblemTypes.RoleMissing, "Role missing",
                "The token's roles or scope do not allow this. Use a token that has the role.");
        return problem.WriteAsync(context.HttpContext);
    }

    private sealed record Scope(bool AllHunts) : IAuthorizationRequirement;

    private sealed class ScopeHandler : AuthorizationHandler<Scope>
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Scope requirement)
        {
            if (Caller.Of(context.User) is not { } caller) return Task.CompletedTask;
            var hunt = requirement.AllHunts ? null : (context.Resource as HttpContext)?.GetRouteValue("hunt") as string;
            if (requirement.AllHunts ? caller.MayEnterAll : hunt is null || caller.MayEnter(hunt)) context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }
}
