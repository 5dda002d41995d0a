using System.Collections.Frozen;
using System.Security.Claims;

namespace TreasureHunt.ServiceDefaults.Auth;

/// <summary>Who asks, from a validated token. Immutable; shared by all requests that carry the same token.</summary>
public sealed class Caller(string subject, string huntScope, IEnumerable<string> roles, DateTimeOffset expires)
{
    private readonly FrozenSet<string> _roles = roles.ToFrozenSet(StringComparer.Ordinal);

    public string Subject { get; } = subject;

    /// <summary>Slug of the one hunt the token is good for, or <see cref="Tokens.AnyHunt"/>.</summary>
    public string HuntScope { get; } = huntScope;
    public DateTimeOffset Expires { get; } = expires;
    public bool IsPlayer { get; } = roles.Contains(Role.Player);
    public bool IsOrganiser { get; } = roles.Contains(Role.Organiser);
    public bool IsService { get; } = roles.Contains(Role.Service);

    public bool Has(string role) => _roles.Contains(role);

    public bool MayEnter(string hunt) => HuntScope == Tokens.AnyHunt || HuntScope == hunt;

    public bool MayEnterAll => HuntScope == Tokens.AnyHunt;

    /// <summary>The caller of an authenticated request; null when nobody is known.</summary>
    public static Caller? Of(ClaimsPrincipal user) => (user.Identity as CallerIdentity)?.Caller;
}

/// <summary>The framework's view of a <see cref="Caller"/>.</summary>
internal sealed class CallerIdentity(Caller caller, IEnumerable<Claim> claims)
    : ClaimsIdentity(claims, "Bearer", "sub", Tokens.RolesClaim)
{
    public Caller Caller { get; } = caller;
}
